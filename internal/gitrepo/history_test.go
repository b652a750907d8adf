package gitrepo

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// Many files are read by one git, with the same contents, whatever state they are of.
func TestContentsOfManyFiles(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.commit("a", "one\n", "b", "two\n", "c", "three, which is long\n")
	repo := r.open()
	head, _, err := repo.Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	type reader interface {
		Contents(ctx context.Context, files []Entry, limit int64, each func(HistoryBlob) error) error
	}
	for _, tree := range []Tree{head, repo.Index("")} {
		entries, err := tree.Entries(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = tree.(reader).Contents(ctx, entries, 10, func(b HistoryBlob) error {
			text := b.Entry.Path + " " + string(b.Data)
			if b.Large != nil {
				text += b.Large.Error()
			}
			got = append(got, text)
			return nil
		})
		if want := []string{"a one\n", "b two\n", "c has 21 bytes, more than 10"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v; want %q", tree.Name(), got, err, want)
		}
		folder := Entry{Path: "d", Mode: ModeFile, ID: ID(r.Git("rev-parse", "HEAD^{tree}"))}
		for _, list := range [][]Entry{{entries[0], folder, entries[1]}, {entries[0], folder}} {
			if err := tree.(reader).Contents(ctx, list, 10, func(HistoryBlob) error { return nil }); err == nil {
				t.Errorf("%s: a folder was left out without a word", tree.Name())
			}
		}
		stop := errors.New("stop")
		if err := tree.(reader).Contents(ctx, entries, 10, func(HistoryBlob) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%s: got %v, want %v", tree.Name(), err, stop)
		}
	}
	tree := repo.TreeObject(ID(r.Git("rev-parse", "HEAD^{tree}")), "refs/tags/x")
	if e, ok, err := tree.Lookup(ctx, "a"); err != nil || !ok || tree.Name() != "refs/tags/x" || e.Path != "a" {
		t.Errorf("a tree by its id: %+v, %t, %v", e, ok, err)
	}
}
