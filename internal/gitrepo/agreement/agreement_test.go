package agreement

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/revlist"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// state is what a reader finds in a repository.
type state struct {
	commit, index map[string]file
	history       map[string]string // content by id
}

type file struct{ mode, id, content string }

// byGit reads with package gitrepo.
func byGit(t *testing.T, dir string, env []string) state {
	t.Helper()
	ctx := t.Context()
	repo, err := gitrepo.Open(gitrepo.Options{Dir: dir, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	commit, _, err := repo.Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	read := func(tree gitrepo.Tree) map[string]file {
		entries, err := tree.Entries(ctx)
		if err != nil {
			t.Fatalf("%s: %v", tree.Name(), err)
		}
		out := map[string]file{}
		for _, e := range entries {
			data, err := tree.Blob(ctx, e, 1<<20)
			if err != nil {
				t.Fatalf("%s: %q: %v", tree.Name(), e.Path, err)
			}
			found, ok, err := tree.Lookup(ctx, e.Path)
			if err != nil || !ok || found != e {
				t.Errorf("%s: lookup of %q: %+v %t %v, want %+v", tree.Name(), e.Path, found, ok, err, e)
			}
			out[e.Path] = file{modeName(uint32(e.Mode)), string(e.ID), string(data)}
		}
		return out
	}
	s := state{commit: read(commit), history: map[string]string{}}
	if bare, err := repo.Bare(ctx); err != nil {
		t.Fatal(err)
	} else if !bare {
		s.index = read(repo.Index(""))
	}
	err = repo.History(ctx, 1<<20, func(b gitrepo.HistoryBlob) error {
		if _, twice := s.history[string(b.Entry.ID)]; twice {
			t.Errorf("%s comes twice", b.Entry.ID)
		}
		s.history[string(b.Entry.ID)] = string(b.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func modeName(m uint32) string {
	switch m {
	case 0o100644:
		return "file"
	case 0o100755:
		return "program"
	case 0o120000:
		return "link"
	}
	return "other"
}

// byGoGit reads with go-git. The error is one of go-git.
func byGoGit(dir string) (state, error) {
	s := state{commit: map[string]file{}, history: map[string]string{}}
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return s, err
	}
	content := func(id plumbing.Hash) (string, error) {
		blob, err := object.GetBlob(repo.Storer, id)
		if err != nil {
			return "", err
		}
		r, err := blob.Reader()
		if err != nil {
			return "", err
		}
		defer r.Close()
		data, err := io.ReadAll(r)
		return string(data), err
	}
	head, err := repo.Head()
	if err != nil {
		return s, err
	}
	commit, err := repo.CommitObject(head.Hash())
	if err != nil {
		return s, err
	}
	tree, err := commit.Tree()
	if err != nil {
		return s, err
	}
	walk := object.NewTreeWalker(tree, true, nil)
	defer walk.Close()
	for {
		name, e, err := walk.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, err
		}
		if e.Mode == 0o40000 {
			continue
		}
		text, err := content(e.Hash)
		if err != nil {
			return s, err
		}
		s.commit[name] = file{modeName(uint32(e.Mode)), e.Hash.String(), text}
	}
	if cfg, err := repo.Config(); err != nil {
		return s, err
	} else if !cfg.Core.IsBare {
		index, err := repo.Storer.Index()
		if err != nil {
			return s, err
		}
		s.index = map[string]file{}
		for _, e := range index.Entries {
			text, err := content(e.Hash)
			if err != nil {
				return s, err
			}
			s.index[e.Name] = file{modeName(uint32(e.Mode)), e.Hash.String(), text}
		}
	}
	refs, err := repo.References()
	if err != nil {
		return s, err
	}
	tips := []plumbing.Hash{head.Hash()}
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if ref.Type() == plumbing.HashReference {
			tips = append(tips, ref.Hash())
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	ids, err := revlist.Objects(repo.Storer, tips, nil)
	if err != nil {
		return s, err
	}
	for _, id := range ids {
		o, err := repo.Storer.EncodedObject(plumbing.AnyObject, id)
		if err != nil {
			return s, err
		}
		if o.Type() == plumbing.BlobObject {
			if s.history[id.String()], err = content(id); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// Where go-git can read, both find the same; what go-git cannot read, git can.
func TestBothReaders(t *testing.T) {
	for _, c := range []struct {
		name  string
		init  []string
		then  [][]string
		odd   string // begins a file's name
		alone bool   // go-git cannot read it
	}{
		{name: "loose"},
		{name: "packed", then: [][]string{{"gc", "-q", "--aggressive"}}},
		{name: "packed refs", then: [][]string{{"pack-refs", "--all"}}},
		{name: "index v4", then: [][]string{{"update-index", "--index-version", "4"}}},
		{name: "untracked cache", then: [][]string{{"update-index", "--force-untracked-cache"}}},
		{name: "commit graph", then: [][]string{{"repack", "-adq"}, {"commit-graph", "write", "--reachable"}}},
		{name: "detached", then: [][]string{{"checkout", "-q", "--detach", "HEAD~1"}}},
		{name: "staged", then: [][]string{{"rm", "-q", "--cached", "HEAD"}, {"update-index", "--chmod=+x", "plain"}}},
		{name: "skip-worktree", then: [][]string{{"update-index", "--skip-worktree", "plain"}}},
		{name: "merged", then: [][]string{{"checkout", "-q", "-b", "side", "HEAD~1"}, {"commit", "-q", "--allow-empty", "-m", "x"}, {"merge", "-q", "--no-edit", "main"}}},
		{name: "line break in a name", odd: "a\n", alone: true},
		{name: "SHA-256", init: []string{"--object-format=sha256"}, alone: true},
		{name: "split index", then: [][]string{{"update-index", "--split-index"}}, alone: true},
		{name: "sparse index", then: [][]string{{"sparse-checkout", "set", "--sparse-index", "d"}}, alone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
				"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org"}
			run := func(args ...string) {
				t.Helper()
				cmd := exec.Command("git", args...)
				cmd.Dir, cmd.Env = dir, env
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("git %v: %v\n%s", args, err, out)
				}
			}
			run(append([]string{"init", "-q", "-b", "main"}, c.init...)...)
			if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"plain": "1\n", "d/.sops.yaml": "2\n", "HEAD": "3\n", "-f": "4\n", "*": "5\n",
				c.odd + "x": "6\n", ":(top)m": "7\n", "\xff\xfe": "8\n", "d/\"q'": "9\n", "empty": "", "d/large": string(bytes.Repeat([]byte{0, 'x'}, 100_000))} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink("../elsewhere", filepath.Join(dir, "d/link")); err != nil {
				t.Fatal(err)
			}
			run("add", "-A")
			run("commit", "-q", "-m", "x")
			if err := os.WriteFile(filepath.Join(dir, "plain"), []byte("changed\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			run("commit", "-q", "-a", "-m", "x")
			run("tag", "-a", "-m", "x", "v1")
			for _, args := range c.then {
				run(args...)
			}
			want := byGit(t, dir, env)
			if len(want.commit) != 12 || len(want.history) != 13 {
				t.Errorf("%d files and %d contents, want 12 and 13", len(want.commit), len(want.history))
			}
			got, err := byGoGit(dir)
			if c.alone {
				if err == nil {
					t.Error("go-git reads it by now: take it as the others")
				}
				return
			}
			if err != nil {
				t.Fatalf("go-git: %v", err)
			}
			for name, m := range map[string]struct{ got, want map[string]file }{"commit": {got.commit, want.commit}, "index": {got.index, want.index}} {
				if !maps.Equal(m.got, m.want) {
					t.Errorf("%s: go-git has %d files, git %d, and they differ", name, len(m.got), len(m.want))
				}
			}
			if !maps.Equal(got.history, want.history) {
				t.Errorf("history: go-git has %d contents, git %d, and they differ", len(got.history), len(want.history))
			}
		})
	}
}
