package hooks

import (
	"errors"
	"fmt"
	"strings"
)

// scriptVersion counts the forms that the text below has had.
const scriptVersion = 1

const (
	scriptMark   = "# gitsecrets-hook "
	madeFolder   = "# The folder of this file was made with it.\n"
	backupSuffix = ".before-gitsecrets"
)

// script is the hook that is installed: it runs the hook that was there before,
// then the judgement, which so sees what the former has staged. It refuses if the program is gone.
func script(name, program string, folder bool) (string, error) {
	if strings.ContainsAny(program, "\n\r\x00") {
		return "", errors.New("the path of this program holds a line break")
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
	return fmt.Sprintf(`#!/bin/sh
%s%d: made by "gitsecrets hooks install", removed by "gitsecrets hooks uninstall".
%sprogram=%s
%sif [ -x "$0%s" ] && [ -z "$GITSECRETS_CANARY" ]; then
  %s || exit $?
fi
if ! [ -x "$program" ]; then
  program=$(command -v gitsecrets) || {
    echo "gitsecrets is gone, so nothing can be judged and nothing is accepted." >&2
    echo "Install it again, or remove this hook: $0" >&2
    exit 1
  }
fi
%s
`, scriptMark, scriptVersion, made, "'"+strings.ReplaceAll(program, "'", `'\''`)+"'", input, backupSuffix, old, run), nil
}

// isOurs reports whether a hook was made by any release of this program, and
// its version.
func isOurs(text string) (version int, ours bool) {
	_, rest, ok := strings.Cut(text, "\n"+scriptMark)
	if !ok {
		return 0, false
	}
	_, err := fmt.Sscanf(rest, "%d:", &version)
	return version, err == nil
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

// isUntouched reports whether a hook of ours is as it was made.
func isUntouched(name, text string) bool {
	version, ours := isOurs(text)
	if !ours || version != scriptVersion {
		return ours // older text is known by its mark alone
	}
	want, err := script(name, programOf(text), strings.Contains(text, madeFolder))
	return err == nil && want == text
}

// manager names the program that keeps a hook of somebody else and would
// overwrite what is put in its place.
func manager(text string) (name, instead string) {
	switch {
	case strings.Contains(text, "LEFTHOOK") || strings.Contains(text, "lefthook"):
		return "lefthook", `Add to lefthook.yml, then run: lefthook install
  pre-commit:
    commands:
      gitsecrets:
        run: gitsecrets hook pre-commit
  pre-push:
    commands:
      gitsecrets:
        use_stdin: true
        run: gitsecrets hook pre-push {0}`
	case strings.Contains(text, "overcommit"):
		return "overcommit", "Add to .overcommit.yml:\n  PreCommit:\n    gitsecrets:\n      enabled: true\n      command: ['gitsecrets', 'hook', 'pre-commit']"
	}
	return "", ""
}

// containsMade reports whether the folder of the hooks was made with this one.
func containsMade(text string) bool { return strings.Contains(text, madeFolder) }
