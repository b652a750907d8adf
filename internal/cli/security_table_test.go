package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/encrypt"
	agekeys "github.com/gitsecrets/gitsecrets/keys/age"
	"github.com/gitsecrets/gitsecrets/policy"
)

// SECURITY.md promises, in a table, what is noticed when somebody who cannot open
// a file changes it. Each row is tried, on a file of ours and on one that the
// program sops sealed; a row that nothing tries, and a trial without a row, are faults.
func TestSecurityTable(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	sealers := newSealers(t)
	trials := tamperings()
	rows := regexp.MustCompile(`(?m)^\| (.+?) \| (noticed|not noticed) \| (noticed|not noticed) \|$`).FindAllStringSubmatch(string(text), -1)
	for _, row := range rows {
		trial, ok := trials[row[1]]
		if !ok {
			t.Errorf("nothing tries %q", row[1])
			continue
		}
		delete(trials, row[1])
		t.Run(row[1], func(t *testing.T) {
			for _, one := range trial {
				one.hold(t, sealers, row[2] == "noticed", row[3] == "noticed")
			}
		})
	}
	for name := range trials {
		t.Errorf("SECURITY.md has no row %q", name)
	}
}

// tampering is one change of a sealed file.
type tampering struct {
	plain   string
	macOnly bool
	change  change
}

// hold makes the change on a file of each sealer and opens it with each reader.
func (x tampering) hold(t *testing.T, s *sealers, ours, theirs bool) {
	t.Helper()
	for by, want := range map[string]bool{"gitsecrets": ours, "sops": theirs} {
		f := s.files(t, by, x.plain, x.macOnly)
		changed := x.change(f.sealed, f.old, f.forged)
		if changed == f.sealed {
			t.Fatalf("%s: nothing was changed in\n%s", by, f.sealed)
		}
		if err := s.open(t, changed); (err != nil) != want {
			t.Errorf("sealed by %s, opened by gitsecrets: noticed is %t (%v), want %t, of\n%s", by, err != nil, err, want, changed)
		}
		if out, err := s.run(t, changed, "decrypt"); (err != nil) != theirs {
			t.Errorf("sealed by %s, opened by sops: noticed is %t, want %t: %s", by, err != nil, theirs, out)
		}
	}
}

// sealers seal for one recipient, by the library and by the program sops.
type sealers struct {
	identity  *age.X25519Identity
	recipient policy.Key
	dir, tool string
	made      map[string]sealedFiles
}

// sealedFiles are a file, an older version of it under the same data key, and a
// file of other values for the same recipient.
type sealedFiles struct{ sealed, old, forged string }

func newSealers(t *testing.T) *sealers {
	t.Helper()
	tool, err := filepath.Abs("../../.cache/bin/sops" + exe())
	if err != nil {
		t.Fatal(err)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipient := policy.Key{Type: policy.Age, ID: identity.Recipient().String()}
	return &sealers{identity, recipient, t.TempDir(), tool, map[string]sealedFiles{}}
}

// files seals once for each sealer, plaintext and MAC.
func (s *sealers) files(t *testing.T, by, plain string, macOnly bool) sealedFiles {
	t.Helper()
	name := fmt.Sprint(by, macOnly, plain)
	if f, ok := s.made[name]; ok {
		return f
	}
	seal, set := s.seal, s.set
	if by == "sops" {
		seal, set = s.sopsSeal, s.sopsSet
	}
	old := seal(t, plain, macOnly)
	f := sealedFiles{set(t, old), old, seal(t, strings.Replace(plain, "a: ", "a: forged ", 1), macOnly)}
	s.made[name] = f
	return f
}

func (s *sealers) seal(t *testing.T, plain string, macOnly bool) string {
	rule := &policy.Rule{Source: "test", Groups: []policy.Group{{s.recipient}}, MACOnlyEncrypted: macOnly}
	out, err := encrypt.Seal(t.Context(), rule, encrypt.FileAt("s.yaml"), []byte(plain), encrypt.SealOptions{}, s.keys())
	if err != nil {
		t.Fatal(err)
	}
	return string(out.Bytes)
}

func (s *sealers) set(t *testing.T, sealed string) string {
	d, err := s.document(t, sealed)
	if err != nil {
		t.Fatal(err)
	}
	value, err := encrypt.ParseValue([]byte(`"newer"`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Set(encrypt.Path{"a"}, value); err != nil {
		t.Fatal(err)
	}
	out, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func (s *sealers) sopsSeal(t *testing.T, plain string, macOnly bool) string {
	args := []string{"encrypt", "--age", s.recipient.ID}
	if macOnly {
		args = append([]string{"--mac-only-encrypted"}, args...)
	}
	out, err := s.run(t, plain, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

func (s *sealers) sopsSet(t *testing.T, sealed string) string {
	name := filepath.Join(s.dir, "s.yaml")
	if out, err := s.run(t, sealed, "set", name, `["a"]`, `"newer"`); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func (s *sealers) keys() encrypt.KeyService {
	return agekeys.New(agekeys.Options{Identities: s})
}

// Identities implements agekeys.Identities.
func (s *sealers) Identities(context.Context, string) ([]age.Identity, error) {
	return []age.Identity{s.identity}, nil
}

func (s *sealers) open(t *testing.T, sealed string) error {
	_, err := s.document(t, sealed)
	return err
}

func (s *sealers) document(t *testing.T, sealed string) (*encrypt.Document, error) {
	parsed, err := encrypt.Parse(encrypt.FileAt("s.yaml"), []byte(sealed))
	if err != nil {
		return nil, err
	}
	return parsed.Open(t.Context(), nil, encrypt.OpenOptions{}, s.keys())
}

// run runs sops on a file that holds the text: the last argument, if no argument
// names it.
func (s *sealers) run(t *testing.T, text string, args ...string) (string, error) {
	t.Helper()
	name := filepath.Join(s.dir, "s.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(args, name) {
		args = append(args, name)
	}
	cmd := exec.Command(s.tool, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"SOPS_AGE_KEY=" + s.identity.String(), "HOME=" + s.dir, "SOPS_DISABLE_VERSION_CHECK=1"}
	out, err := cmd.Output()
	return string(out), err
}
