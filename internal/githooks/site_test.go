package githooks

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
)

// A local core.hooksPath is where this repository looks: the hooks go there, and are run from every folder and linked
// worktree.
func TestLocalHooksPath(t *testing.T) {
	for _, c := range []struct{ name, path string }{
		{"relative", ".githooks"},
		{"relative, in .git", ".git/other hooks"},
		{"absolute", filepath.Join(t.TempDir(), "a'b c")},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gittest.New(t)
			program, log := fakeProgram(t, 0)
			r.Git("config", "core.hooksPath", c.path)
			r.Write("sub/x", "1")
			site := siteOf(r, program)
			site.Dir = filepath.Join(r.Dir, "sub")
			done, notes, err := Install(t.Context(), site)
			if err != nil || done[0].What != Installed {
				t.Fatal(done, err)
			}
			if inTree := c.path == ".githooks"; inTree != (len(notes) == 1) {
				t.Errorf("notes %q", notes)
			}
			r.Add("a", "1")
			r.Git("commit", "-qm", "x")
			if got, _ := os.ReadFile(log); string(got) != "ours hook pre-commit\n" {
				t.Errorf("the hook was not run: %q", got)
			}
			if _, err := Uninstall(t.Context(), site); err != nil {
				t.Fatal(err)
			}
			for _, name := range site.names() {
				if _, err := os.Lstat(filepath.Join(filepath.Dir(done[0].Path), name)); err == nil {
					t.Errorf("%s is still there", name)
				}
			}
			if _, err := os.Lstat(filepath.Dir(done[0].Path)); err == nil {
				t.Error("the folder is still there")
			}
		})
	}
}

// Settings of managers that would replace our hooks later are told of.
func TestNotesAndPrint(t *testing.T) {
	program, _ := fakeProgram(t, 0)
	for file, want := range map[string]string{
		"lefthook.yml": "lefthook.yml", ".config/lefthook.toml": "lefthook.yml", ".husky/pre-commit": ".husky/pre-push",
		".overcommit.yml": "PrePush:", ".pre-commit-config.yaml": "- repo: local", "none": "gitsecrets hook pre-merge-commit \"$@\" || exit $?",
	} {
		r := gittest.New(t)
		r.Write(file, "")
		before := state(t, r.Dir)
		text, err := Print(t.Context(), siteOf(r, program))
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: no %q in %q, %v", file, want, text, err)
		}
		if state(t, r.Dir) != before {
			t.Errorf("%s: print changed something", file)
		}
		_, notes, err := Install(t.Context(), siteOf(r, program))
		if warned := file != "none" && !strings.HasPrefix(file, ".pre-commit"); err != nil || (len(notes) == 1) != warned {
			t.Errorf("%s: notes %q, %v", file, notes, err)
		}
	}
}

// Where nothing can be written nothing is half done.
func TestFolderThatCannotBeWritten(t *testing.T) {
	program, _ := fakeProgram(t, 0)
	r := gittest.New(t)
	if runtime.GOOS == "linux" { // where there is a folder that root cannot write either
		r.Git("config", "core.hooksPath", "/proc/self/task")
		if _, _, err := Install(t.Context(), siteOf(r, program)); err == nil {
			t.Error("installed into /proc")
		}
	}
	// The second hook fails: the first is taken back.
	r = gittest.New(t)
	dir := filepath.Join(r.Dir, ".git/hooks")
	os.WriteFile(filepath.Join(dir, "pre-commit"), []byte("#!/bin/sh\n"), 0o700)
	before := state(t, dir)
	site := siteOf(r, program)
	h, err := readHook(filepath.Join(dir, "pre-commit"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{Installed, Upgraded} {
		d, err := h.install(site.Program, false)
		if err != nil || d.What != want {
			t.Fatal(d, err)
		}
		if want == Upgraded {
			break
		}
		if err := h.undo(d); err != nil {
			t.Fatal(err)
		}
		if after := state(t, dir); after != before {
			t.Errorf("undo left\n%s\nwant\n%s", after, before)
		}
		if _, _, err := Install(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		if h, err = readHook(h.path); err != nil {
			t.Fatal(err)
		}
		before = state(t, dir)
		site.Program = "/elsewhere/gitsecrets"
	}
	if err := h.undo(Done{What: Upgraded}); err != nil {
		t.Fatal(err)
	}
	if after := state(t, dir); after != before {
		t.Errorf("undo left\n%s\nwant\n%s", after, before)
	}
}

// A hook that was removed by hand leaves the one before waiting: both ways give it back its place.
func TestOursIsGone(t *testing.T) {
	program, _ := fakeProgram(t, 0)
	r := gittest.New(t)
	dir := filepath.Join(r.Dir, ".git/hooks")
	os.WriteFile(filepath.Join(dir, "pre-commit"), []byte("#!/bin/sh\nexit 0\n"), 0o711)
	before := state(t, dir)
	for _, again := range []bool{false, true} {
		if _, _, err := Install(t.Context(), siteOf(r, program)); err != nil {
			t.Fatal(err)
		}
		os.Remove(filepath.Join(dir, "pre-commit"))
		if again {
			done, _, err := Install(t.Context(), siteOf(r, program))
			if err != nil || done[0].Before == "" {
				t.Fatal(done, err)
			}
		}
		if _, err := Uninstall(t.Context(), siteOf(r, program)); err != nil {
			t.Fatal(err)
		}
		if after := state(t, dir); after != before {
			t.Errorf("got\n%s\nwant\n%s", after, before)
		}
	}
}

// An older text of ours is upgraded, its predecessor stays chained; one that somebody has added to is not thrown away.
func TestUpgrade(t *testing.T) {
	program, _ := fakeProgram(t, 0)
	r := gittest.New(t)
	dir := filepath.Join(r.Dir, ".git/hooks")
	path := filepath.Join(dir, "pre-commit")
	body := "exec gitsecrets hook pre-commit\n"
	older := fmt.Sprintf("#!/bin/sh\n%s0 %s: made by an older release\n%s", scriptMark, sum(body), body)
	os.WriteFile(path, []byte(older), 0o755)
	os.WriteFile(path+backupSuffix, []byte("#!/bin/sh\n"), 0o755)
	done, _, err := Install(t.Context(), siteOf(r, program))
	if err != nil || done[0].What != Upgraded || done[0].Before != path+backupSuffix {
		t.Errorf("%v %v", done, err)
	}
	now, _ := os.ReadFile(path)
	if version, untouched, ours := isOurs(string(now)); version != scriptVersion || !untouched || !ours {
		t.Errorf("after the upgrade: version %d, untouched %v, ours %v", version, untouched, ours)
	}
	os.WriteFile(path, append(now, "make lint\n"...), 0o755)
	before := state(t, dir)
	if _, _, err := Install(t.Context(), siteOf(r, program)); err == nil || !strings.Contains(err.Error(), "somebody has changed it") {
		t.Errorf("error %v", err)
	}
	if state(t, dir) != before {
		t.Error("a changed hook was changed")
	}
}

// The script is for any POSIX shell, whatever the program's path; gone, it says so.
func TestScript(t *testing.T) {
	for _, bad := range []string{"a\nb", "/a\rb", "relative/gitsecrets", ""} {
		if _, err := script("pre-commit", bad, false); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"pre-commit", "pre-push", "pre-receive", "update"} {
		program := "/no such/'quoted'/\"$HOME\"/`x`/gitsecrets"
		text, err := script(name, program, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := programOf(text); got != program {
			t.Errorf("programOf gives %q", got)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, shell := range []string{"sh", "dash", "bash"} {
			if _, err := exec.LookPath(shell); err != nil {
				continue
			}
			cmd := exec.Command(shell, path)
			cmd.Env = []string{"PATH=/usr/bin:/bin"}
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "nothing is accepted") || !strings.Contains(string(out), "hooks install") {
				t.Errorf("%s: %s exits %d:\n%s", shell, name, code, out)
			}
		}
	}
}
