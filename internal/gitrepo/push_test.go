package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func idsOf(commits []Commit) []ID {
	var ids []ID
	for _, c := range commits {
		ids = append(ids, c.ID)
	}
	return ids
}

// What a push sends is what the other side lacks: by what Git says of its refs, and by what vouches for it.
func TestOutgoing(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	first, second := r.commit("a", "1\n"), r.commit("a", "2\n")
	r.Git("checkout", "-q", "-b", "side", string(first))
	side := r.commit("b", "1\n")
	r.Git("checkout", "-q", "main")
	r.Git("merge", "-q", "--no-edit", "side")
	merge := ID(r.Git("rev-parse", "HEAD"))
	gone := ID(strings.Repeat("ab", 20))
	for _, c := range []struct {
		name    string
		updates []RefUpdate
		vouch   []ID
		want    []ID
		has     ID
	}{
		{"all", []RefUpdate{{Ref: "refs/heads/main", New: merge}}, nil, []ID{first, second, side, merge}, ""},
		{"since the old state", []RefUpdate{{Ref: "refs/heads/main", Old: second, New: merge}}, nil, []ID{side, merge}, second},
		{"since what vouches", []RefUpdate{{Ref: "refs/heads/main", New: merge}}, []ID{side}, []ID{second, merge}, side},
		{"since both", []RefUpdate{{Ref: "refs/heads/main", Old: second, New: merge}}, []ID{side, side}, []ID{merge}, ""},
		{"what is not here vouches for nothing", []RefUpdate{{Ref: "refs/heads/main", Old: gone, New: second}}, []ID{gone}, []ID{first, second}, ""},
		{"a ref that is removed", []RefUpdate{{Ref: "refs/heads/main", Old: merge}}, nil, nil, merge},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, err := r.open().Outgoing(ctx, c.updates, c.vouch)
			if err != nil {
				t.Fatal(err)
			}
			got := idsOf(sent.Commits)
			if slices.Sort(got); !slices.Equal(got, sorted(c.want)) || sent.Has != c.has {
				t.Errorf("got %v, has %q; want %v, %q", got, sent.Has, c.want, c.has)
			}
		})
	}
	for _, bad := range []ID{"HEAD", "", "--all", ID(strings.Repeat("0", 40))} {
		if sent, err := r.open().Outgoing(ctx, []RefUpdate{{Ref: "refs/heads/main", New: merge}}, []ID{bad}); err == nil {
			t.Errorf("%q vouches: %+v", bad, sent)
		}
	}
	if sent, err := r.open().Outgoing(ctx, []RefUpdate{{Ref: "refs/heads/x", New: gone}}, nil); !errors.Is(err, ErrMissing) {
		t.Errorf("an object that is not here: %+v, %v", sent, err)
	}
}

func sorted(ids []ID) []ID {
	out := slices.Clone(ids)
	slices.Sort(out)
	return out
}

// A ref may name a tag of a file: that is sent without any commit.
func TestOutgoingObjects(t *testing.T) {
	r := newRepo(t)
	r.commit("d/a", "1\n")
	r.Git("tag", "-a", "-m", "x", "blob", "HEAD:d/a")
	tree := ID(r.Git("rev-parse", "HEAD:d"))
	sent, err := r.open().Outgoing(t.Context(), []RefUpdate{
		{Ref: "refs/tags/blob", New: ID(r.Git("rev-parse", "blob"))}, {Ref: "refs/tags/tree", New: tree},
	}, nil)
	want := []SentObject{{"refs/tags/blob", "blob", ID(r.Git("rev-parse", "HEAD:d/a"))}, {"refs/tags/tree", "tree", tree}}
	if err != nil || !slices.Equal(sent.Objects, want) || len(sent.Commits) != 0 {
		t.Errorf("got %+v, %v; want %+v", sent, err, want)
	}
}

// A server looks at what none of its refs reaches yet.
func TestReceived(t *testing.T) {
	r := newRepo(t)
	first, second := r.commit("a", "1\n"), r.commit("a", "2\n")
	r.Git("update-ref", "refs/heads/main", string(first))
	sent, err := r.open().Received(t.Context(), []RefUpdate{{Ref: "refs/heads/main", Old: first, New: second}})
	if err != nil || !slices.Equal(idsOf(sent.Commits), []ID{second}) || len(sent.Refs) != 1 || sent.Refs[0].Commit != second {
		t.Errorf("got %+v, %v", sent, err)
	}
}

func TestParentsAndPeel(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	first := r.commit("a", "1\n")
	second := r.commit("a", "2\n")
	r.Git("tag", "-a", "-m", "x", "v1")
	r.Git("tag", "-a", "-m", "x", "v1-signed", "v1")
	repo := r.open()
	for commit, want := range map[ID][]ID{first: nil, second: {first}} {
		if got, err := repo.Parents(ctx, commit); err != nil || !slices.Equal(got, want) {
			t.Errorf("parents of %s: %v, %v", commit, got, err)
		}
	}
	blob := ID(r.Git("rev-parse", "HEAD:a"))
	if got, err := repo.Parents(ctx, blob); err == nil {
		t.Errorf("parents of a file: %v", got)
	}
	for id, want := range map[ID]ID{second: second, ID(r.Git("rev-parse", "v1-signed")): second, blob: "", ID(strings.Repeat("ab", 20)): ""} {
		if got, ok, err := repo.Peel(ctx, id); err != nil || ok != (want != "") || got != want {
			t.Errorf("%s leads to %q, %t, %v; want %q", id, got, ok, err, want)
		}
	}
}

// The commits that a merge in progress brings in, several of them too.
func TestMergeHeads(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	base := r.commit("a", "1\n")
	if got, err := r.open().MergeHeads(ctx); len(got) != 0 || err != nil {
		t.Errorf("no merge: %v, %v", got, err)
	}
	var sides []ID
	for _, name := range []string{"x", "y"} {
		r.Git("checkout", "-q", "-b", name, string(base))
		sides = append(sides, r.commit(name, "1\n"))
	}
	r.Git("checkout", "-q", "main")
	r.commit("b", "1\n")
	r.Git("merge", "-q", "--no-commit", "x", "y")
	if got, err := r.open().MergeHeads(ctx); err != nil || !slices.Equal(got, sides) {
		t.Errorf("got %v, %v; want %v", got, err, sides)
	}
	path := filepath.Join(r.Dir, ".git/MERGE_HEAD")
	if err := os.WriteFile(path, []byte(string(sides[0])+"\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := r.open().MergeHeads(ctx); err == nil {
		t.Errorf("a damaged list: %v", got)
	}
	// A branch of that name is a merge of one commit to Git, too.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r.Git("update-ref", "refs/heads/MERGE_HEAD", string(base))
	if got, err := r.open().MergeHeads(ctx); err != nil || !slices.Equal(got, []ID{base}) {
		t.Errorf("a branch of that name: %v, %v", got, err)
	}
}
