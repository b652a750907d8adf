package archtest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the import table into ARCHITECTURE.md")

const tableBegin, tableEnd = "<!-- imports: written by go test ./internal/test/archtest -update -->\n", "<!-- /imports -->\n"

// ARCHITECTURE.md shows the import table that the build is held to.
func TestArchitectureShowsTheImportTable(t *testing.T) {
	name := filepath.Join(root, "ARCHITECTURE.md")
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), tableBegin)
	have, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("ARCHITECTURE.md has no marks around its import table")
	}
	want := importTable()
	if have == want {
		return
	}
	if !*update {
		t.Fatal("the import table of ARCHITECTURE.md is not that of this package: go test ./internal/test/archtest -update writes it")
	}
	if err := os.WriteFile(name, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func importTable() string {
	var b strings.Builder
	b.WriteString("| room | may import here | from outside | never |\n|---|---|---|---|\n")
	var names []string
	for name := range rooms {
		if !strings.HasPrefix(name, "internal/test/") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		inner := func(s string) string { // what is public first
			if strings.HasPrefix(s, "internal/") {
				return "2" + s
			}
			return "1" + s
		}
		return strings.Compare(inner(a), inner(b))
	})
	for _, name := range names {
		r := rooms[name]
		b.WriteString("| " + name + " | " + list(r.here) + " | " + list(r.outside) + " | " + list(r.never) + " |\n")
	}
	return b.String()
}

func list(paths []string) string {
	if len(paths) == 0 {
		return "–"
	}
	sorted := slices.Sorted(slices.Values(paths))
	for i, p := range sorted {
		sorted[i] = strings.TrimPrefix(p, "github.com/")
	}
	return strings.Join(sorted, ", ")
}

var (
	answer = regexp.MustCompile("^\\| .*\\? \\| \\[([^]]+)\\]\\(([^)]+)\\) \\| `([^`]+)` \\|$")
	quoted = regexp.MustCompile("`((?:cmd|encrypt|hooks|keys|policy|internal|testdata|docs|action)/[^`* ]*)`")
)

// What ARCHITECTURE.md answers is there: each file of its list holds the word
// that stands beside it, and each folder that it names exists.
func TestArchitectureNamesWhatIsThere(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	answers := 0
	for _, line := range strings.Split(string(page), "\n") {
		if m := answer.FindStringSubmatch(line); m != nil {
			answers++
			src, err := os.ReadFile(filepath.Join(root, m[2]))
			if err != nil || m[1] != m[2] {
				t.Errorf("%s: %v", line, err)
			} else if !strings.Contains(string(src), m[3]) {
				t.Errorf("%s does not hold %q", m[2], m[3])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("ARCHITECTURE.md names %s: %v", m[1], err)
			}
		}
	}
	if answers < 20 {
		t.Errorf("%d answers, want 20", answers)
	}
}
