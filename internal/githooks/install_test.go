package githooks

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
)

// fakeProgram stands in for gitsecrets: it notes its arguments and its stdin, and exits as told.
func fakeProgram(t *testing.T, exit int) (path, log string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a dir with 'quotes' and $HOME")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path, log = filepath.Join(dir, "gitsecrets"), filepath.Join(t.TempDir(), "log")
	text := fmt.Sprintf("#!/bin/sh\necho \"ours $*\" >> '%s'\ncase $2 in pre-push) cat >> '%s' ;; esac\nexit %d\n", log, log, exit)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path, log
}

func siteOf(r *gittest.Repo, program string) *Site {
	return &Site{Dir: r.Dir, Env: r.Env, Program: program}
}

// state is what stands in a folder: names, modes, links and contents.
func state(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || strings.HasSuffix(path, ".sample") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s\n", strings.TrimPrefix(path, dir), info.Mode())
		if info.Mode().IsRegular() {
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n", src)
		} else if info.Mode()&fs.ModeSymlink != 0 {
			target, _ := os.Readlink(path)
			fmt.Fprintf(&b, "-> %s\n", target)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Uninstall gives back the exact former state, whatever was there.
func TestInstallAndBack(t *testing.T) {
	program, _ := fakeProgram(t, 0)
	for _, c := range []struct {
		name string
		make func(hooks string)
	}{
		{"nothing", func(string) {}},
		{"no folder", func(h string) { os.RemoveAll(h) }},
		{"a hook", func(h string) { os.WriteFile(filepath.Join(h, "pre-commit"), []byte("#!/bin/sh\nexit 0\n"), 0o755) }},
		{"a hook with another mode", func(h string) { os.WriteFile(filepath.Join(h, "pre-commit"), []byte("#!/bin/sh\nexit 0\n"), 0o700) }},
		{"a dead hook", func(h string) { os.WriteFile(filepath.Join(h, "pre-push"), []byte("#!/bin/sh\nexit 1\n"), 0o644) }},
		{"a link", func(h string) {
			os.WriteFile(filepath.Join(h, "real"), []byte("#!/bin/sh\nexit 0\n"), 0o755)
			os.Symlink("real", filepath.Join(h, "pre-commit"))
		}},
		{"a link that leads nowhere", func(h string) { os.Symlink("nowhere", filepath.Join(h, "pre-commit")) }},
		{"an empty hook", func(h string) { os.WriteFile(filepath.Join(h, "pre-commit"), nil, 0o755) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gittest.New(t)
			dir := filepath.Join(r.Dir, ".git/hooks")
			c.make(dir)
			before := state(t, dir)
			site := siteOf(r, program)
			for i, want := range []string{"installed", "up to date"} {
				done, _, err := Install(t.Context(), site)
				if err != nil || len(done) != 3 {
					t.Fatal(done, err)
				}
				for _, d := range done {
					if d.What != want {
						t.Errorf("time %d: %s is %s, want %s", i, d.Name, d.What, want)
					}
				}
			}
			site.Program = "/elsewhere/gitsecrets"
			if done, _, err := Install(t.Context(), site); err != nil || done[0].What != "upgraded" {
				t.Errorf("another program: %v %v", done, err)
			}
			if _, err := Uninstall(t.Context(), site); err != nil {
				t.Fatal(err)
			}
			if after := state(t, dir); after != before {
				t.Errorf("got\n%s\nwant\n%s", after, before)
			}
		})
	}
}

// The hook that was there runs first, with arguments, stdin and exit code.
func TestChain(t *testing.T) {
	r := gittest.New(t)
	bare := filepath.Join(t.TempDir(), "bare.git")
	r.Git("init", "-q", "--bare", bare)
	r.Git("remote", "add", "origin", bare)
	program, log := fakeProgram(t, 0)
	old := fmt.Sprintf("#!/bin/sh\necho \"old $*\" >> '%s'\n", log)
	dir := filepath.Join(r.Dir, ".git/hooks")
	os.WriteFile(filepath.Join(dir, "pre-push"), []byte(old+fmt.Sprintf("cat >> '%s'\n", log)), 0o755)
	os.WriteFile(filepath.Join(dir, "pre-commit"), []byte(old+"test ! -e stop\n"), 0o755)
	if _, _, err := Install(t.Context(), siteOf(r, program)); err != nil {
		t.Fatal(err)
	}
	r.Add("a", "1")
	r.Git("commit", "-qm", "x")
	id := r.Git("rev-parse", "HEAD")
	r.Git("push", "-q", "origin", "main")
	line := "refs/heads/main " + id + " refs/heads/main " + strings.Repeat("0", 40) + "\n"
	want := "old \nours hook pre-commit\nold origin " + bare + "\n" + line + "ours hook pre-push origin " + bare + "\n" + line
	if got, _ := os.ReadFile(log); string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r.Add("stop", "x")
	if code := fails(r, "commit", "-qm", "x"); code != 1 {
		t.Errorf("the old hook refuses, but git exits %d", code)
	}
	r.Git("rm", "-qf", "stop")

	refusing, _ := fakeProgram(t, 10)
	if _, _, err := Install(t.Context(), siteOf(r, refusing)); err != nil {
		t.Fatal(err)
	}
	r.Add("b", "1")
	if code := fails(r, "commit", "-qm", "x"); code == 0 {
		t.Error("our refusal is not heard")
	}
	os.Remove(refusing)
	if code := fails(r, "commit", "-qm", "x"); code == 0 {
		t.Error("a program that is gone accepts")
	}
}

// fails runs git and returns its exit code.
func fails(r *gittest.Repo, args ...string) int {
	r.T.Helper()
	site := &Site{Dir: r.Dir, Env: r.Env}
	_, err := site.git(r.T.Context(), nil, nil, args...)
	if err == nil {
		return 0
	}
	return exitCode(err)
}

// Where a hook would reach further, or be overwritten, nothing is changed and the way out is told.
func TestPlacesThatAreNotOurs(t *testing.T) {
	program, _ := fakeProgram(t, 0)
	for _, c := range []struct {
		name string
		make func(r *gittest.Repo)
		want string
	}{
		{"global hooksPath", func(r *gittest.Repo) {
			global := filepath.Join(r.T.TempDir(), "config")
			os.WriteFile(global, []byte("[core]\n\thooksPath = /somewhere\n"), 0o644)
			r.Env = append(r.Env, "GIT_CONFIG_GLOBAL="+global)
		}, "global configuration"},
		{"husky", func(r *gittest.Repo) { r.Git("config", "core.hooksPath", ".husky/_") }, "husky"},
		{"tracked folder", func(r *gittest.Repo) {
			r.Commit(".githooks/commit-msg", "#!/bin/sh\n")
			r.Git("config", "core.hooksPath", ".githooks")
		}, "Git tracks what"},
		{"folder that another repository tracks", func(r *gittest.Repo) {
			other := gittest.New(r.T)
			other.Commit("hooks/commit-msg", "#!/bin/sh\n")
			r.Git("config", "core.hooksPath", filepath.Join(other.Dir, "hooks"))
		}, "Git tracks what"},
		{"hooks switched off", func(r *gittest.Repo) { r.Git("config", "core.hooksPath", os.DevNull) }, "is not a folder, so"},
		{"lefthook", func(r *gittest.Repo) {
			os.WriteFile(filepath.Join(r.Dir, ".git/hooks/pre-push"), []byte("#!/bin/sh\nif [ \"$LEFTHOOK\" = \"0\" ]; then exit 0; fi\n"), 0o755)
		}, "lefthook"},
		{"linked folder", func(r *gittest.Repo) {
			os.RemoveAll(filepath.Join(r.Dir, ".git/hooks"))
			os.Mkdir(filepath.Join(r.Dir, "scripts"), 0o755)
			os.Symlink("../scripts", filepath.Join(r.Dir, ".git/hooks"))
		}, "is a link"},
		{"replaced by another program", func(r *gittest.Repo) {
			os.WriteFile(filepath.Join(r.Dir, ".git/hooks/pre-commit"), []byte("#!/bin/sh\n"), 0o755)
			os.WriteFile(filepath.Join(r.Dir, ".git/hooks/pre-commit"+backupSuffix), []byte("#!/bin/sh\n"), 0o755)
		}, "neither is ours"},
		{"bare", func(r *gittest.Repo) { r.Dir = gittest.New(r.T, "--bare").Dir }, "bare repository"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gittest.New(t)
			c.make(r)
			before := state(t, r.Dir)
			_, _, err := Install(t.Context(), siteOf(r, program))
			var refused *RefusedError
			if !errors.As(err, &refused) || !strings.Contains(refused.Why, c.want) || refused.Instead == "" {
				t.Errorf("error %v, want one with %q and a way out", err, c.want)
			}
			if after := state(t, r.Dir); after != before {
				t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

func TestWhatSomebodyChangedIsLeftAlone(t *testing.T) {
	r := gittest.New(t)
	program, _ := fakeProgram(t, 0)
	if _, _, err := Install(t.Context(), siteOf(r, program)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.Dir, ".git/hooks/pre-commit")
	src, _ := os.ReadFile(path)
	os.WriteFile(path, append(src, "echo more\n"...), 0o755)
	done, err := Uninstall(t.Context(), siteOf(r, program))
	if err != nil || done[0].What != "left alone" || done[1].What != "removed" {
		t.Errorf("%v %v", done, err)
	}
}

func TestLinkedWorktreeSubmoduleAndServer(t *testing.T) {
	program, log := fakeProgram(t, 0)
	r := gittest.New(t)
	r.Commit("a", "1")
	linked := r.At(filepath.Join(t.TempDir(), "linked"))
	r.Git("worktree", "add", "-q", "--detach", linked.Dir)
	if _, _, err := Install(t.Context(), siteOf(linked, program)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []*gittest.Repo{r, linked} {
		at.Add("b", "2")
		at.Git("commit", "-qm", "x")
	}
	super := gittest.New(t)
	super.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", r.Dir, "sub")
	sub := r.At(filepath.Join(super.Dir, "sub"))
	if _, _, err := Install(t.Context(), siteOf(sub, program)); err != nil {
		t.Fatal(err)
	}
	sub.Add("c", "2")
	sub.Git("commit", "-qm", "x")
	server := gittest.New(t, "--bare")
	site := siteOf(server, program)
	site.Server = true
	if _, _, err := Install(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	r.Git("push", "-q", server.Dir, "HEAD:refs/heads/main")
	want := strings.Repeat("ours hook pre-commit\n", 3) + "ours hook pre-push " + server.Dir + " " + server.Dir + "\n"
	got, _ := os.ReadFile(log)
	text := string(got)
	for line := range strings.Lines(text) { // what Git said on stdin
		if strings.HasPrefix(line, "HEAD ") {
			text = strings.Replace(text, line, "", 1)
		}
	}
	if text != want+"ours hook pre-receive\n" {
		t.Errorf("got\n%s", text)
	}
	if _, err := Uninstall(t.Context(), site); err != nil {
		t.Fatal(err)
	}
}
