//go:build interop

package interop

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every command line ends as with sops: exit code, stdout, the files that are
// there afterwards and what they decrypt to. What differs on purpose stands in
// cliDifferences, each with the reason that docs/compatibility.md gives.
func TestCommandLines(t *testing.T) {
	folder := cliFolder(t)
	used := make([]int, len(cliDifferences))
	cases := cliCases(keyText(t, "age-2.txt", "# public key: "))
	for _, c := range cases {
		ourDir, theirDir := copyFolder(t, folder), copyFolder(t, folder)
		env := []string{"EDITOR=true"}
		want := run(t, theirDir, theirs, c.stdin, env, c.args...)
		got := run(t, ourDir, ours, c.stdin, env, c.args...)
		diff := compareOutcomes(t, folder, ourDir, theirDir, got, want)
		os.RemoveAll(ourDir)
		os.RemoveAll(theirDir)
		if diff == "" {
			continue
		}
		i := slices.IndexFunc(cliDifferences, func(d cliDifference) bool { return d.fits(c, got.code, want.code) })
		if i < 0 {
			t.Errorf("%s: %s\nour stderr: %s\nits stderr: %s", c, diff, firstLine(got.stderr), firstLine(want.stderr))
			continue
		}
		used[i]++
	}
	for i, d := range cliDifferences {
		if used[i] == 0 {
			t.Errorf("no command line shows this difference any more: %s", d.reason)
		}
	}
	t.Logf("%d command lines", len(cases))
}

// compareOutcomes says how two outcomes differ; empty if they do not.
func compareOutcomes(t *testing.T, before, ourDir, theirDir string, got, want outcome) string {
	t.Helper()
	if got.code != want.code {
		return fmt.Sprintf("exit %d, sops %d", got.code, want.code)
	}
	ourOut, theirOut := strings.ReplaceAll(got.stdout, ourDir, "DIR"), strings.ReplaceAll(want.stdout, theirDir, "DIR")
	if got.code == 0 && shape(ourOut) != shape(theirOut) {
		return fmt.Sprintf("stdout\n%s\nsops\n%s", shape(ourOut), shape(theirOut))
	}
	old, ourFiles, theirFiles := snapshot(t, before), snapshot(t, ourDir), snapshot(t, theirDir)
	for name := range theirFiles {
		if _, ok := ourFiles[name]; !ok {
			return fmt.Sprintf("no file %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ourFiles)) {
		theirs, ok := theirFiles[name]
		if !ok {
			return fmt.Sprintf("an additional file %s", name)
		}
		if ourFiles[name] == theirs {
			continue
		}
		if ourFiles[name] == old[name] {
			if shape(theirs) == shape(old[name]) && decrypted(t, theirDir, name) == decrypted(t, ourDir, name) {
				continue // sops wrote the same again
			}
			return fmt.Sprintf("%s is unchanged, sops changed it", name)
		}
		if shape(ourFiles[name]) != shape(theirs) {
			return fmt.Sprintf("%s\n%s\nsops\n%s", name, shape(ourFiles[name]), shape(theirs))
		}
		if decrypted(t, theirDir, name) != decrypted(t, ourDir, name) {
			return name + " decrypts to something else"
		}
	}
	return ""
}

// decrypted is what sops makes of a file.
func decrypted(t *testing.T, dir, name string) string {
	t.Helper()
	got := run(t, dir, theirs, "", nil, "decrypt", filepath.Join(dir, name))
	return fmt.Sprint(got.code, got.stdout)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
