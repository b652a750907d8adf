package hooks

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"
)

// token is made anew for each test and belongs to nobody: an age identity in form, whose value nobody kept.
func token(t testing.TB) string {
	t.Helper()
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	raw := make([]byte, 58)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("AGE-SECRET-" + "KEY-1")
	for _, c := range raw {
		b.WriteByte(alphabet[c&31])
	}
	return b.String()
}

func TestAcceptedLeaks(t *testing.T) {
	secret := token(t)
	file := "key: " + secret + "\n"
	r := newRepo(t)
	r.Add("a.txt", file)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || len(report.Findings) != 1 {
		t.Fatalf("%v, %+v", err, report)
	}
	leak := report.Findings[0]
	if leak.Line != 1 || leak.Column != 6 || leak.Fingerprint == "" || strings.Contains(leak.Message+leak.Fix+leak.Fingerprint, secret) {
		t.Errorf("finding %+v", leak)
	}
	for _, c := range []struct {
		name string
		make func(r *testRepo)
		want string // who accepted it; empty: nobody
	}{
		{"comment", func(r *testRepo) { r.Add("a.txt", strings.TrimSuffix(file, "\n")+" # gitsecrets:allow\n") }, "comment"},
		{"fingerprint in the policy", func(r *testRepo) {
			r.Add(".sops.yaml", "creation_rules: []\ngitsecrets:\n  allow:\n    - {fingerprint: "+leak.Fingerprint+", reason: test}\n")
		}, ".sops.yaml:4"},
		{"path in the policy", func(r *testRepo) {
			r.Add(".sops.yaml", "creation_rules: []\ngitsecrets:\n  allow:\n    - {path: ^a, reason: test}\n")
		}, ".sops.yaml:4"},
		{"another path", func(r *testRepo) {
			r.Add(".sops.yaml", "creation_rules: []\ngitsecrets:\n  allow:\n    - {path: ^b, reason: test}\n")
		}, ""},
		{"baseline", func(r *testRepo) { r.Add(BaselineName, string(Baseline(report))) }, "baseline"},
		{"baseline that is not staged", func(r *testRepo) { r.Write(BaselineName, string(Baseline(report))) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepo(t)
			r.Commit("README.md", "x")
			base := r.Git("rev-parse", "HEAD")
			r.Add("a.txt", file)
			c.make(r)
			report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range report.Accepted {
				got = f.Accepted
			}
			if got != c.want || (report.Verdict == Clean) != (c.want != "") {
				t.Errorf("verdict %s, accepted by %q, want %q", report.Verdict, got, c.want)
			}
			// Where it is enforced, no list and no comment of the change itself counts.
			r.Commit()
			report, err = r.open().JudgeProposed(t.Context(), base, "HEAD", Options{})
			if err != nil || report.Verdict != Refused {
				t.Errorf("proposed to a branch without it: %v, %+v", err, report)
			}
			if c.want == "" {
				return
			}
			// Once it is in the base, it does.
			base = r.Git("rev-parse", "HEAD")
			old := r.Git("show", "HEAD:a.txt") + "\n"
			r.Commit("a.txt", "new line\n"+old)
			report, err = r.open().JudgeProposed(t.Context(), base, "HEAD", Options{})
			if err != nil || report.Verdict != Clean || len(report.Accepted) == 0 {
				t.Errorf("accepted in the base: %v, %+v", err, report)
			}
		})
	}
}

func TestBaselineThatDoesNotHold(t *testing.T) {
	r := newRepo(t)
	r.Add("a.txt", token(t)+"\n", BaselineName, "everything\n")
	if got := r.codes(); !strings.Contains(got, BaselineName+":1") {
		t.Errorf("got %q, want an error that names the line", got)
	}
}

// No finding, message or fingerprint gives a plaintext away.
func TestFingerprintsAreNotTheSecret(t *testing.T) {
	secret := token(t)
	r := newRepo(t)
	r.Add("a.txt", secret+"\n")
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || len(report.Findings) != 1 {
		t.Fatalf("%v, %+v", err, report)
	}
	print := report.Findings[0].Fingerprint
	if strings.Contains(print, hex.EncodeToString([]byte(secret))[:16]) {
		t.Error("the fingerprint holds the secret")
	}
}

func TestChecks(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	first := r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good, "b", "1")
	bad := r.Commit("secrets/bad.yaml", plainYAML)
	r.Git("rm", "-q", "secrets/bad.yaml")
	last := r.Commit("b", "2")
	ctx, repo := t.Context(), r.open()
	check := func(want string, report *Report, err error) {
		t.Helper()
		if got := codesOf(t, report, err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	report, err := repo.JudgeTree(ctx, "HEAD", Options{})
	check("", report, err)
	if report.Judged != 3 || report.Sealed != 1 {
		t.Errorf("judged %d, sealed %d", report.Judged, report.Sealed)
	}
	report, err = repo.JudgeTree(ctx, bad, Options{})
	check("plaintext", report, err)
	report, err = repo.JudgeCommit(ctx, bad, Options{})
	check("plaintext", report, err)
	report, err = repo.JudgeCommit(ctx, last, Options{})
	check("", report, err)
	report, err = repo.JudgeRange(ctx, first, "HEAD", Options{})
	check("plaintext", report, err)
	report, err = repo.JudgeRange(ctx, bad, "HEAD", Options{})
	check("", report, err)
	report, err = repo.JudgeProposed(ctx, first, "HEAD", Options{})
	check("plaintext", report, err)
	report, err = repo.JudgeHistory(ctx, Options{})
	check("plaintext", report, err)
	report, err = repo.JudgeWorktree(ctx, nil, Options{})
	check("", report, err)
	r.Write("secrets/new.yaml", plainYAML)
	report, err = repo.JudgeWorktree(ctx, nil, Options{})
	check("plaintext", report, err)
	r.Write(".gitignore", "new.yaml\n")
	report, err = repo.JudgeWorktree(ctx, nil, Options{})
	check("", report, err)
	r.Write("secrets/a.yaml", plainYAML)
	report, err = repo.JudgeWorktree(ctx, nil, Options{})
	check("decrypted", report, err)
	for _, rev := range []string{"", "-x", "nope", "HEAD:b", "a\nb"} {
		if _, err := repo.JudgeCommit(ctx, rev, Options{}); err == nil {
			t.Errorf("%q names a commit", rev)
		}
	}
}
