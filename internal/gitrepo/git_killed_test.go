package gitrepo

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A git that dies on the way, or stops in the middle of what it says, is an error whatever was asked: never "nothing
// changed".
func TestKilledGit(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	first := r.commit("a", "1\n")
	second := r.commit("a", "2\n", "b", "x\n")
	r.Write("a", "3\n", "c", "new\n")
	r.Git("add", ".")
	for name, script := range map[string]string{
		"killed at once":      "kill -9 $$\n",
		"killed half way":     "git \"$@\" | head -c 40\nkill -9 $$\n",
		"ends half way":       "git \"$@\" | head -c 40\n",
		"fails after the end": "git \"$@\"\nexit 3\n",
	} {
		t.Run(name, func(t *testing.T) {
			fake := filepath.Join(t.TempDir(), "git")
			if err := os.WriteFile(fake, []byte("#!/bin/sh\ncase \"$*\" in *--batch-command*) exec git \"$@\" ;; esac\n"+script), 0o755); err != nil {
				t.Fatal(err)
			}
			repo, err := Open(Options{Dir: r.Dir, Env: r.Env, Git: fake})
			if err != nil {
				t.Fatal(err)
			}
			defer repo.Close()
			if got, err := repo.StagedChanges(ctx, second); err == nil {
				t.Errorf("staged: %v", got)
			}
			if err := repo.CommitChanges(ctx, []ID{first, second}, func(ID, []Change) error { return nil }); err == nil {
				t.Error("commits")
			}
			if got, err := repo.Index("").Entries(ctx); err == nil {
				t.Errorf("index: %v", got)
			}
			if got, err := repo.Range(ctx, first, second); err == nil {
				t.Errorf("range: %v", got)
			}
			if err := repo.History(ctx, limit, func(HistoryBlob) error { return nil }); err == nil {
				t.Error("history")
			}
		})
	}
}

// What cat-file says of a history is taken whole or not at all.
func FuzzHistoryBlob(f *testing.F) {
	f.Add([]byte(idA + " blob 3\nabc\n"))
	f.Add([]byte(idA + " missing\n"))
	f.Add([]byte(idA + " tree 1\nx\n"))
	f.Add([]byte(idA + " blob 99\nabc\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, ok, err := historyBlob(bufio.NewReader(bytes.NewReader(raw)), Entry{Path: "a", ID: idA}, 1<<10)
		if err == nil && ok && b.Large == nil && !bytes.Contains(raw, append(bytes.Clone(b.Data), '\n')) {
			t.Errorf("%q was not said", b.Data)
		}
		if len(b.Data) > 1<<10 {
			t.Errorf("%d bytes", len(b.Data))
		}
	})
}
