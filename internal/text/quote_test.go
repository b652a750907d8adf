package text

import (
	"os/exec"
	"strings"
	"testing"
)

// A path that we suggest in a command is the same path to the shell, no flag to
// the program, and nothing that a terminal would act on. bash reads it, since
// not every sh knows $'…', in which control characters are written.
func FuzzShellPath(f *testing.F) {
	for _, s := range []string{"a", "it's", "-rf", "a b$(id)", "\x1b[2J", "\xff\x00"[:1], "caf\u00e9 \\", "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if strings.ContainsRune(path, 0) {
			return // no path holds it
		}
		word := ShellPath(path)
		if strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q is written as %q", path, word)
		}
		cmd := exec.Command("bash", "-c", "printf %s "+word)
		cmd.Env = []string{"LC_ALL=C"}
		out, err := cmd.Output()
		want := path
		if strings.HasPrefix(path, "-") {
			want = "./" + path
		}
		if err != nil || string(out) != want {
			t.Errorf("%q is written as %q, which bash reads as %q, %v", path, word, out, err)
		}
	})
}
