// Package outside imports the public packages as another module does.
package outside

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/hooks"
	ageKeys "github.com/gitsecrets/gitsecrets/keys/age"
	"github.com/gitsecrets/gitsecrets/policy"
)

const plain = "user: app\npassword: hunter2\n"

// repository is a folder with a policy and one sealed file.
type repository struct {
	dir, identities string
	rule            *policy.Rule
	keys            encrypt.KeyService
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	r := &repository{dir: t.TempDir(), identities: filepath.Join(t.TempDir(), "keys.txt")}
	write(t, r.identities, "# throw-away, made by a test\n"+id.String()+"\n")
	write(t, filepath.Join(r.dir, policy.FileName), "creation_rules:\n  - path_regex: ^secrets/\n    age: "+id.Recipient().String()+"\n    encrypted_regex: ^password$\n")
	if r.rule, err = policy.NewResolver(os.DirFS(r.dir)).Rule("secrets/db.yaml"); err != nil || r.rule == nil {
		t.Fatalf("rule %v, %v", r.rule, err)
	}
	r.keys = ageKeys.New(ageKeys.Options{Identities: ageKeys.Fixed{id}})
	sealed, err := encrypt.Seal(t.Context(), r.rule, encrypt.FileAt("secrets/db.yaml"), []byte(plain), encrypt.SealOptions{}, r.keys)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(r.dir, "secrets", "db.yaml"), string(sealed.Bytes))
	return r
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSealCheckOpenChange(t *testing.T) {
	r := newRepository(t)
	src, err := os.ReadFile(filepath.Join(r.dir, "secrets", "db.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := encrypt.Parse(encrypt.FileAt("secrets/db.yaml"), src)
	if err != nil {
		t.Fatal(err)
	}
	if err := sealed.Check(r.rule); err != nil {
		t.Error(err)
	}
	doc, err := sealed.Open(t.Context(), r.rule, encrypt.OpenOptions{}, r.keys)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := doc.Plaintext(); err != nil || string(got) != plain {
		t.Errorf("got %q, %v", got, err)
	}
	value, err := encrypt.ParseValue([]byte(`"correct horse"`))
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := doc.Set(encrypt.Path{"password"}, value); err != nil || !changed {
		t.Errorf("changed %t, %v", changed, err)
	}
	again, err := doc.Seal()
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err = encrypt.Parse(encrypt.FileAt("secrets/db.yaml"), again); err != nil {
		t.Fatal(err)
	}
	values, err := sealed.Values()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(values, func(v encrypt.Value) bool { return v.String() == `["password"]` })
	if i < 0 || !values[i].Encrypted || values[i].Length != len("correct horse") || values[i].Text != "" {
		t.Errorf("got %v", values)
	}
}

// What must not be committed is refused, without any key.
func TestJudge(t *testing.T) {
	r := newRepository(t)
	git(t, r.dir, "init", "-q")
	for _, want := range []hooks.Verdict{hooks.Clean, hooks.Refused} {
		if want == hooks.Refused {
			write(t, filepath.Join(r.dir, "secrets", "db.yaml"), plain)
		}
		git(t, r.dir, "add", ".")
		repo, err := hooks.Open(r.dir, os.Environ())
		if err != nil {
			t.Fatal(err)
		}
		defer repo.Close()
		report, err := repo.JudgeStaged(context.Background(), hooks.StagedOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Verdict != want {
			t.Errorf("%s, want %s: %v", report.Verdict, want, report.Findings)
		}
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v: %s", args, err, out)
	}
}

// The program that docs/library.md shows is the one in opens, and does what the page
// says.
func TestProgramOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/library.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("opens/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if _, shown, _ := strings.Cut(string(page), "```go\n"); !strings.HasPrefix(shown, string(program)+"```\n") {
		t.Error("docs/library.md shows another program than opens/main.go")
	}
	bin := filepath.Join(t.TempDir(), "opens")
	if out, err := exec.Command("go", "build", "-o", bin, "./opens").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r := newRepository(t)
	run := func() (string, error) {
		cmd := exec.Command(bin, "secrets/db.yaml", r.identities)
		cmd.Dir = r.dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || out != "[\"user\"] str false\n[\"password\"] str true\n" {
		t.Errorf("got %q, %v", out, err)
	}
	write(t, filepath.Join(r.dir, "secrets", "db.yaml"), plain)
	if out, err := run(); err == nil || strings.Contains(out, "hunter2") {
		t.Errorf("a plaintext passes: %q", out)
	}
}
