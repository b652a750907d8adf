package gitrepo

import (
	"path/filepath"
	"slices"
	"testing"
)

// The variables by which Git tells its hooks where they are may be relative to where they run.
func TestRelativeVariables(t *testing.T) {
	r := newRepo(t)
	r.commit("d/a", "1\n")
	other := newRepo(t)
	lent := other.commit("b", "lent\n")
	for name, env := range map[string][]string{
		"a folder":                         {"GIT_DIR=../.git", "GIT_WORK_TREE=..", "GIT_INDEX_FILE=../.git/index"},
		"lent objects":                     {"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + relative(t, filepath.Join(r.Dir, "d"), filepath.Join(other.Dir, ".git/objects"))},
		"what changes how git reads paths": {"GIT_LITERAL_PATHSPECS=1", "GIT_TRACE=1", "LC_ALL=de_DE.UTF-8"},
	} {
		repo, err := Open(Options{Dir: filepath.Join(r.Dir, "d"), Env: append(slices.Clone(r.Env), env...)})
		if err != nil {
			t.Fatal(err)
		}
		defer repo.Close()
		entries, err := repo.Index("").Entries(t.Context())
		if err != nil || len(entries) != 1 || entries[0].Path != "d/a" {
			t.Errorf("%s: got %v, %v", name, entries, err)
		}
		_, has, err := repo.Peel(t.Context(), lent)
		if err != nil || has != (name == "lent objects") {
			t.Errorf("%s: has what is lent: %t, %v", name, has, err)
		}
	}
}

func relative(t *testing.T, from, to string) string {
	t.Helper()
	path, err := filepath.Rel(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
