package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeGit is a program in git's place.
func fakeGit(t *testing.T, r *testRepo, script string) *Repo {
	t.Helper()
	fake := filepath.Join(t.TempDir(), "git")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	repo, err := Open(Options{Dir: r.Dir, Env: r.Env, Git: fake})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

// A git that hangs, and one that leaves a program behind which holds its output, are waited for no longer than anybody
// wants to.
func TestHungGit(t *testing.T) {
	r := newRepo(t)
	head := r.commit("a", "1\n")
	gone := errors.New("gone home")
	for name, ask := range map[string]func(context.Context, *Repo) error{
		"objects": func(ctx context.Context, repo *Repo) error { _, _, err := repo.Head(ctx); return err },
		"place":   func(ctx context.Context, repo *Repo) error { return repo.Locate(ctx) },
		"index":   func(ctx context.Context, repo *Repo) error { _, err := repo.Index("").Entries(ctx); return err },
		"trees": func(ctx context.Context, repo *Repo) error {
			return repo.changesAgainst(ctx, []Commit{{ID: head, Parents: []ID{head}}}, func(ID, []Change) error { return nil })
		},
		"history": func(ctx context.Context, repo *Repo) error {
			return repo.History(ctx, limit, func(HistoryBlob) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := fakeGit(t, r, "sleep 60 & sleep 60\n")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Millisecond, func() { cancel(gone) })
			done := make(chan error, 1)
			go func() { done <- ask(ctx, repo) }()
			select {
			case err := <-done:
				if !errors.Is(err, gone) {
					t.Errorf("got %v", err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("still waiting")
			}
		})
	}
}

// A git that lacks what is asked of it says which one is needed.
func TestOldGit(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "1\n")
	for flag, ask := range map[string]func(*Repo) error{
		"--batch-command":      func(repo *Repo) error { _, _, err := repo.Head(t.Context()); return err },
		"--show-object-format": func(repo *Repo) error { return repo.Locate(t.Context()) },
	} {
		repo := fakeGit(t, r, "case \"$*\" in *"+flag+"*) echo \"error: unknown option \\`x'\" >&2; echo usage: git >&2; exit 129 ;; esac\nexec git \"$@\"\n")
		err := ask(repo)
		if err == nil || errors.Is(err, ErrNoRepository) || !strings.Contains(err.Error(), "2.36 or newer is needed") {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
