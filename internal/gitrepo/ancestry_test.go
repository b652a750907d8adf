package gitrepo

import (
	"slices"
	"testing"
)

// Of several commits those count that no other descends from.
func TestIndependent(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	first, second := r.commit("a", "1\n"), r.commit("a", "2\n")
	r.Git("checkout", "-q", "-b", "side", string(first))
	side := r.commit("b", "1\n")
	r.Git("checkout", "-q", "--orphan", "alone")
	alone := r.commit("c", "1\n")
	repo := r.open()
	for _, c := range []struct{ ids, want []ID }{
		{nil, nil},
		{[]ID{first}, []ID{first}},
		{[]ID{first, second}, []ID{second}},
		{[]ID{second, first, side, alone}, []ID{second, side, alone}},
	} {
		if got, err := repo.Independent(ctx, c.ids); err != nil || !slices.Equal(sorted(got), sorted(c.want)) {
			t.Errorf("%v: got %v, %v; want %v", c.ids, got, err, c.want)
		}
	}
	if got, err := repo.MergeBases(ctx, second, alone); err != nil || len(got) != 0 {
		t.Errorf("nothing in common: got %v, %v", got, err)
	}
	if got, err := repo.MergeBases(ctx, second, side); err != nil || !slices.Equal(got, []ID{first}) {
		t.Errorf("got %v, %v; want %v", got, err, first)
	}
	if got, err := repo.Range(ctx, first, second); err != nil || !slices.Equal(idsOf(got), []ID{second}) {
		t.Errorf("range: got %v, %v", got, err)
	}
}

// The commits that changed a policy above a path, and no other.
func TestPolicyCommits(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	top := r.commit(".sops.yaml", "a: 1\n")
	team := r.commit("team/.sops.yaml", "a: 1\n")
	r.commit("other/.sops.yaml", "a: 1\n")
	r.commit("team/db.yaml", "a: 1\n")
	odd := r.commit("te*m/.sops.yaml", "a: 1\n")
	again := r.commit(".sops.yaml", "a: 2\n")
	head := r.commit("README", "x\n")
	for _, c := range []struct {
		path  string
		limit int
		want  []ID
	}{
		{"db.yaml", 10, []ID{again, top}},
		{"team/db.yaml", 10, []ID{again, team, top}},
		{"team/sub/db.yaml", 10, []ID{again, team, top}},
		{"te*m/db.yaml", 10, []ID{again, odd, top}},
		{"team/db.yaml", 2, []ID{again, team}},
	} {
		got, err := r.at(r.Dir+"/team").open().PolicyCommits(ctx, head, c.path, c.limit)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.path, got, err, c.want)
		}
	}
	if got, err := r.open().PolicyCommits(ctx, "HEAD~99", "a", 1); err == nil {
		t.Errorf("a commit that is not there: %v", got)
	}
}
