package gitrepo

import "testing"

// What is remembered of folders is bounded by its bytes too.
func TestFoldersAreForgotten(t *testing.T) {
	r := newRepo(t)
	r.commit("a/x", "1", "b/x", "2")
	repo := r.open()
	ask := func(tree string) {
		if _, err := repo.folder(t.Context(), ID(r.Git("rev-parse", "HEAD:"+tree))); err != nil {
			t.Fatal(err)
		}
	}
	ask("a")
	if repo.folders.held == 0 || len(repo.folders.by) != 1 {
		t.Fatalf("holds %d bytes of %d", repo.folders.held, len(repo.folders.by))
	}
	repo.folders.held = maxHeld
	ask("b")
	if repo.folders.held >= maxHeld || len(repo.folders.by) != 1 {
		t.Errorf("holds %d bytes of %d", repo.folders.held, len(repo.folders.by))
	}
}
