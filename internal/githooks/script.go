package githooks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// scriptVersion counts the forms that the text below has had.
const scriptVersion = 1

const (
	scriptMark   = "# gitsecrets-hook "
	madeFolder   = "# The folder of this file was made with it.\n"
	backupSuffix = ".before-gitsecrets"
	// canaryVar is set for a canary: hooks that are not ours, and may do anything, are not run for it.
	canaryVar = "GITSECRETS_CANARY"
)

// script is the hook that is installed: it runs the hook that was there before, then the judgement, which so sees what
// the former has staged. It refuses if the program is gone. It is for any POSIX shell, that of Git for Windows too.
func script(name, program string, folder bool) (string, error) {
	if strings.ContainsAny(program, "\n\r\x00") {
		return "", errors.New("the path of this program contains a line break")
	}
	if !filepath.IsAbs(program) {
		return "", errors.New("the path of this program is not absolute")
	}
	made := ""
	if folder {
		made = madeFolder
	}
	run, old := `"$program" hook `+name+` "$@"`, `"$0`+backupSuffix+`" "$@"`
	input := ""
	if name == "pre-push" || name == "pre-receive" {
		// What Git says on stdin goes to both.
		input = "input=$(cat; echo x)\n"
		run, old = `printf %s "${input%x}" | `+run, `printf %s "${input%x}" | `+old
	}
	body := fmt.Sprintf(`%sprogram=%s
%sif [ -f "$0%s" ] && [ -x "$0%s" ] && [ -z "$%s" ]; then
  %s || exit $?
fi
if ! { [ -f "$program" ] && [ -x "$program" ]; }; then
  program=$(command -v gitsecrets) || {
    echo "gitsecrets is gone, so nothing can be judged and nothing is accepted." >&2
    echo "Install it again and run: gitsecrets hooks install" >&2
    echo "To do without it, remove this hook: $0" >&2
    exit 1
  }
fi
%s
`, made, "'"+strings.ReplaceAll(filepath.ToSlash(program), "'", `'\''`)+"'", input, backupSuffix, backupSuffix, canaryVar, old, run)
	return fmt.Sprintf("#!/bin/sh\n%s%d %s: made by \"gitsecrets hooks install\", removed by \"gitsecrets hooks uninstall\".\n%s",
		scriptMark, scriptVersion, sum(body), body), nil
}

// sum tells a text that was changed from one that was not.
func sum(body string) string {
	h := sha256.Sum256([]byte(body))
	return hex.EncodeToString(h[:8])
}

// isOurs reports whether a hook was made by any release of this program, its version, and whether it is as it was made.
func isOurs(text string) (version int, untouched, ours bool) {
	head, rest, ok := strings.Cut(text, "\n"+scriptMark)
	if !ok {
		return 0, false, false
	}
	line, body, _ := strings.Cut(rest, "\n")
	var want string
	if n, err := fmt.Sscanf(line, "%d %16s", &version, &want); n < 1 || n < 2 && err == nil {
		return 0, false, false
	}
	_, words, _ := strings.Cut(line, ":")
	return version, head == "#!/bin/sh" && sum(body) == want && strings.HasPrefix(words, " made by "), true
}

// programOf reads the program's path back out of a hook of ours.
func programOf(text string) string {
	_, rest, ok := strings.Cut(text, "\nprogram='")
	if !ok {
		return ""
	}
	end := strings.Index(rest, "'\n")
	if end < 0 {
		return ""
	}
	return strings.ReplaceAll(rest[:end], `'\''`, "'")
}

// containsMade reports whether the folder of the hooks was made with this one.
func containsMade(text string) bool { return strings.Contains(text, "\n"+madeFolder) }
