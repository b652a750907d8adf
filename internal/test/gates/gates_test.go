//go:build linux

package gates

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each way to bring a secret to the server in the clear is held by the gates
// that its row names, and those that SOPS itself cannot hold stand in
// SECURITY.md.
func TestAttacks(t *testing.T) {
	ofThisProgram(t)
	security := words(t, "../../../SECURITY.md")
	all := rows(t, "attacks")
	if len(all) < 150 {
		t.Errorf("%d rows", len(all))
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.complete(t, security)
			dir, said := r.run(t)
			r.expect(t, said)
			r.brings(t, dir)
		})
	}
}

// ofThisProgram looks at each source of the program, which go build alone reads:
// go test would take the result of an older one for this one's.
func ofThisProgram(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../../..", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), ".") && len(e.Name()) > 2 {
			return fs.SkipDir
		}
		if err == nil && !e.IsDir() {
			_, err = os.Stat(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// complete checks the fields of an attack.
func (r *row) complete(t *testing.T, security string) {
	t.Helper()
	for _, gate := range r.holds {
		if gate != "none" && !slices.Contains(gateNames, gate) {
			t.Errorf("there is no gate %q", gate)
		}
	}
	none := slices.Contains(r.holds, "none")
	switch {
	case len(r.holds) == 0 || none && len(r.holds) > 1:
		t.Error("the row does not say which gates hold it")
	case none && r.says == "":
		t.Error("no gate holds it, and no sentence says so")
	case !none && r.names == "":
		t.Error("the row does not say what the gates must name")
	case r.says != "" && !strings.Contains(security, strings.Join(strings.Fields(r.says), " ")):
		t.Errorf("SECURITY.md does not say: %s", r.says)
	}
}

// What is ordinary passes every gate, but where docs/guard.md says why not: a
// guard with false alarms is uninstalled.
func TestOrdinaryWork(t *testing.T) {
	guard := words(t, "../../../docs/guard.md")
	all := rows(t, "lawful")
	if len(all) < 40 {
		t.Errorf("%d rows", len(all))
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if r.holds != nil && (r.says == "" || !strings.Contains(guard, r.says)) {
				t.Errorf("docs/guard.md does not say why %s refuses it: %s", r.holds, r.says)
			}
			_, said := r.run(t)
			r.expect(t, said)
		})
	}
}

// words is the text of a document, with one blank between two words.
func words(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}
