package hooks

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Throw-away recipients; nobody kept their identities.
const (
	recipient  = "age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun"
	recipient2 = "age1yt3tfqlfrwdwx0z0ynwplcr6qxcxfaqycuprpmy89nr83ltx74tqdpszlw"
)

// onePolicy governs secrets/ and nothing else.
const onePolicy = "creation_rules:\n  - path_regex: ^secrets/\n    age: " + recipient + "\n"

// testRepo is a real repository.
type testRepo struct{ *gittest.Repo }

func newRepo(t testing.TB, args ...string) *testRepo {
	t.Helper()
	return &testRepo{gittest.New(t, args...)}
}

// at is another folder for the same person.
func (r *testRepo) at(dir string) *testRepo { return &testRepo{r.At(dir)} }

func (r *testRepo) open() *Repo {
	r.T.Helper()
	repo, err := Open(r.Dir, r.Env)
	if err != nil {
		r.T.Fatal(err)
	}
	r.T.Cleanup(func() { repo.Close() })
	return repo
}

// codes judges what is staged and returns the codes of what was found.
func (r *testRepo) codes() string {
	r.T.Helper()
	report, err := r.open().JudgeStaged(r.T.Context(), StagedOptions{})
	return codesOf(r.T, report, err)
}

func codesOf(t testing.TB, report *Report, err error) string {
	t.Helper()
	if err != nil {
		return "error: " + err.Error()
	}
	if (report.Verdict == Refused) != (len(report.Findings) > 0) {
		t.Errorf("verdict %s with %d findings", report.Verdict, len(report.Findings))
	}
	var codes []string
	for _, f := range report.Findings {
		if len(codes) == 0 || codes[len(codes)-1] != string(f.Code) {
			codes = append(codes, string(f.Code))
		}
		if strings.Contains(f.Message+f.Fix+f.KeyPath, canary) {
			t.Errorf("finding quotes the plaintext: %+v", f)
		}
	}
	return strings.Join(codes, " ")
}

// canary is a value that no finding may quote.
const canary = "hunter2-canary"

const plainYAML = "user: admin\npassword: " + canary + "\n"

// seal encrypts a plaintext for a path by the policy's rule.
func seal(t testing.TB, policyText, name, plain string) string {
	t.Helper()
	p, err := policy.Parse(policy.FileName, []byte(policyText))
	if err != nil {
		t.Fatal(err)
	}
	rule := p.Rule(name)
	if rule == nil {
		t.Fatalf("no rule for %s", name)
	}
	out, err := encrypt.Seal(t.Context(), rule, encrypt.FileAt(name), []byte(plain), encrypt.SealOptions{}, wrapper{})
	if err != nil {
		t.Fatal(err)
	}
	return string(out.Bytes)
}

// wrapper wraps data keys in the form of age's, for nobody.
type wrapper struct{}

func (wrapper) Wrap(_ context.Context, key policy.Key, _ []byte) (encrypt.Wrapped, error) {
	return encrypt.Wrapped{Key: key, Enc: "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA0ZlljQ2tnV2Q3VzNwWjFyR2tUejlzVmgwYlhxTG1OYThlVW9SakR5NVFzCjRmWWNDa2dXZDdXM3BaMXJHa1R6OXNWaDBiWHFMbU5hOGVVb1JqRHk1UXMKLS0tIDRmWWNDa2dXZDdXM3BaMXJHa1R6OXNWaDBiWHFMbU5hOGVVb1JqRHk1UXMKU29c7jDMH/oJrCACAuMFWBPu3gRwlndZB2nPcJQ9JCraazyjx7m9i1ZTH6oe+DyQSGeXCqmzYKDNoxJgYuWrjA==\n-----END AGE ENCRYPTED FILE-----\n"}, nil
}

func (wrapper) Unwrap(context.Context, encrypt.Wrapped) ([]byte, error) {
	return nil, encrypt.ErrOtherKey
}

// toOrigin is a push to a remote whose branches here are from where it is now.
func toOrigin() PushOptions { return PushOptions{Remote: "origin", URL: "/srv/origin.git"} }

// fails runs a git that has to fail, and returns what it said.
func (r *testRepo) fails(args ...string) string {
	r.T.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	out, err := cmd.CombinedOutput()
	if err == nil {
		r.T.Fatalf("git %s succeeded: %s", strings.Join(args, " "), out)
	}
	return string(out)
}
