package githooks

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Managers of hooks are other people's programs that own the files in Git's hooks folder. What they would overwrite is
// not written; they are told to call us.

const huskyLines = `Put into .husky/pre-commit and .husky/pre-merge-commit, as the last line, a line each:
  gitsecrets hook pre-commit
  gitsecrets hook pre-merge-commit
and into .husky/pre-push:
  gitsecrets hook pre-push "$@"`

const lefthookLines = `Add to lefthook.yml, then run: lefthook install
  pre-commit:
    commands:
      gitsecrets:
        run: gitsecrets hook pre-commit
  pre-merge-commit:
    commands:
      gitsecrets:
        run: gitsecrets hook pre-merge-commit
  pre-push:
    commands:
      gitsecrets:
        use_stdin: true
        run: gitsecrets hook pre-push {0}`

const overcommitLines = `Add to .overcommit.yml, then run: overcommit --sign
  PreCommit:
    gitsecrets:
      enabled: true
      command: ['gitsecrets', 'hook', 'pre-commit']
  PrePush:
    gitsecrets:
      enabled: true
      command: ['gitsecrets', 'hook', 'pre-push']`

const frameworkLines = `Add to .pre-commit-config.yaml, as the last repository:
  - repo: local
    hooks:
      - id: gitsecrets
        name: gitsecrets
        entry: gitsecrets hook pre-commit
        language: system
        pass_filenames: false
        always_run: true
pre-commit hands no hook what Git says of a push: gitsecrets hooks install puts
pre-push in place, and runs the hooks of pre-commit first.`

// manager names the program that keeps a hook of somebody else and would overwrite what is put in its place.
func manager(text string) (name, instead string) {
	switch {
	case strings.Contains(text, `"$LEFTHOOK"`) || strings.Contains(text, "call_lefthook"):
		return "lefthook", lefthookLines
	case strings.Contains(text, "OVERCOMMIT_DISABLE"):
		return "overcommit", overcommitLines
	}
	return "", ""
}

// isHusky knows the folders to which husky points core.hooksPath.
func isHusky(path string) bool {
	path = strings.TrimSuffix(filepath.ToSlash(path), "/")
	return path == ".husky" || path == ".husky/_" || strings.HasSuffix(path, "/.husky/_") || strings.HasSuffix(path, "/.husky")
}

// settings lists, for each manager, the files that show that a repository uses it, and what to put there.
var settings = [...]struct {
	name  string
	files []string
	lines string
}{
	{"lefthook", []string{"lefthook.yml", "lefthook.yaml", "lefthook.toml", "lefthook.json", ".lefthook.yml", ".lefthook.yaml", ".lefthook.toml", ".lefthook.json",
		".config/lefthook.yml", ".config/lefthook.yaml", ".config/lefthook.toml", ".config/lefthook.json"}, lefthookLines},
	{"husky", []string{".husky"}, huskyLines},
	{"overcommit", []string{".overcommit.yml"}, overcommitLines},
	{"pre-commit", []string{".pre-commit-config.yaml", ".pre-commit-config.yml"}, frameworkLines},
}

// used lists the managers, by their place in settings, whose files stand in a working tree.
func used(top string) (found []int) {
	for i, m := range settings {
		for _, name := range m.files {
			if _, err := os.Lstat(filepath.Join(top, filepath.FromSlash(name))); err == nil {
				found = append(found, i)
				break
			}
		}
	}
	return found
}

// soonReplaced warns of managers that will put their own hooks in the place of ours when they are next installed.
func soonReplaced(top string) []string {
	var notes []string
	for _, i := range used(top) {
		if name := settings[i].name; name != "pre-commit" { // which runs what it finds
			notes = append(notes, fmt.Sprintf("this repository has settings of %s, which replaces these hooks with its own when it is installed: "+
				"let it call gitsecrets (gitsecrets hooks install --print)", name))
		}
	}
	return notes
}

// snippet is what a hook that somebody else keeps must call.
func snippet(names []string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "  %-17s gitsecrets hook %s \"$@\" || exit $?\n", name+":", name)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
