package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// NOTICE lists every module that the program links, on any platform.
func TestNoticeListsWhatIsLinked(t *testing.T) {
	notice, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Fields(string(notice))
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, path := range linked(t, goos, "{{with .Module}}{{.Path}}{{end}}") {
			if path != module && !slices.Contains(listed, path) {
				t.Errorf("%s: the program links %s, which NOTICE does not list", goos, path)
			}
		}
	}
}

// linked lists the packages that the program links for goos, each in a format
// of go list; empty lines and repetitions left out.
func linked(t *testing.T, goos, format string) []string {
	t.Helper()
	return linkedBy(t, goos, format, "./cmd/gitsecrets")
}

// linkedBy lists the packages that a package links.
func linkedBy(t *testing.T, goos, format, pkg string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-tags", "urfave_cli_no_docs", "-f", format, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	lines := strings.Fields(string(out))
	slices.Sort(lines)
	return slices.Compact(lines)
}
