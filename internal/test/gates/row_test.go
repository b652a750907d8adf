//go:build linux

package gates

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// gateNames are the gates in the order in which a change meets them: the hooks
// of a commit, of a push and of the server, and check --base in CI.
var gateNames = []string{"commit", "push", "server", "check"}

// row is one way to a server.
type row struct {
	name, file string
	// holds are the gates that must refuse it; the others must let it pass.
	holds []string
	// names is what each of them must name: the path, as the report writes it.
	names string
	// says is the sentence of SECURITY.md that speaks of what no gate can hold.
	says string
	// hidden says in which form the secret goes, where it is not itself in what
	// would be sent.
	hidden string
	script string
}

// rows reads a table: in each section first the fields, then the script.
func rows(t *testing.T, folder string) []row {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rows in %s: %v", folder, err)
	}
	var all []row
	seen := map[string]bool{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			r := row{name: section.Name, file: filepath.Base(file)}
			if seen[r.name] {
				t.Errorf("%s: two rows are called %q", file, r.name)
			}
			seen[r.name] = true
			r.read(t, string(section.Data))
			all = append(all, r)
		}
	}
	return all
}

func (r *row) read(t *testing.T, text string) {
	t.Helper()
	for {
		line, rest, _ := strings.Cut(text, "\n")
		field, value, ok := strings.Cut(line, ": ")
		switch {
		case ok && field == "holds":
			r.holds = strings.Fields(strings.Replace(value, "all", "commit push server check", 1))
		case ok && field == "names":
			r.names = value
		case ok && field == "says":
			r.says = value
		case ok && field == "hidden":
			r.hidden = value
		default:
			r.script = text
			return
		}
		text = rest
	}
}

// outcome is what a gate said of a row.
type outcome struct {
	asked, refused bool
	said           string
}

// run runs a row in a repository of its own and returns what each gate said.
func (r *row) run(t *testing.T) (dir string, said map[string]outcome) {
	t.Helper()
	dir = t.TempDir()
	if err := copyTree(testWorld.dir, dir); err != nil {
		t.Fatal(err)
	}
	out, err := testWorld.shell(dir, ". \"$PRELUDE\"\ncd work\n"+r.script+"\nfinish\n", "", "base="+testWorld.base)
	if err != nil {
		t.Fatalf("the row does not run: %v\n%s", err, out)
	}
	said = map[string]outcome{}
	for _, gate := range gateNames {
		codes, err := os.ReadFile(filepath.Join(dir, gate+".code"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		words, _ := os.ReadFile(filepath.Join(dir, gate+".said"))
		o := outcome{asked: err == nil, said: string(words)}
		for _, code := range strings.Fields(string(codes)) {
			switch code {
			case "0":
			case "10":
				o.refused = true
			default:
				t.Errorf("%s: exit code %s: %s", gate, code, words)
			}
		}
		said[gate] = o
	}
	if !said["server"].asked || !said["check"].asked {
		t.Errorf("nothing came to the server, or to check: %s", out)
	}
	return dir, said
}

// expect holds what was said against the row.
func (r *row) expect(t *testing.T, said map[string]outcome) {
	t.Helper()
	for _, gate := range gateNames {
		o, want := said[gate], slices.Contains(r.holds, gate)
		switch {
		case o.refused && !want:
			t.Errorf("%s refuses, and should not:\n%s", gate, o.said)
		case !o.refused && want:
			t.Errorf("%s lets it pass (asked: %t): %s", gate, o.asked, o.said)
		case want && !reports(o.said, r.names):
			t.Errorf("%s refuses, but does not name %s:\n%s", gate, r.names, o.said)
		}
		if strings.Contains(o.said, secret) {
			t.Errorf("%s prints the secret:\n%s", gate, o.said)
		}
	}
}

// reports says whether a report has a finding in a file, or names it as what
// cannot be judged.
func reports(said, path string) bool {
	for line := range strings.Lines(said) {
		line = strings.TrimSuffix(line, "\n")
		if (strings.Contains(line, "could not be judged: ") || strings.Contains(line, "cannot be judged: ")) && strings.Contains(line, path) {
			return true
		}
		if line == path || strings.HasPrefix(line, path+"  in commit ") {
			return true
		}
	}
	return false
}

// brings demands that the secret is in what was committed, since an attack that
// would bring nothing proves nothing.
func (r *row) brings(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "work/.git/objects/??/*"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, file := range files {
		packed, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		object, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(object, []byte(secret))
	}
	if found == (r.hidden != "") {
		t.Errorf("the secret is in an object: %t; hidden: %q", found, r.hidden)
	}
}
