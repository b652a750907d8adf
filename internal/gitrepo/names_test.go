package gitrepo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a folder holds is the same whoever is asked: Git, or the tree of a commit with what is staged upon it.
func TestNamesOfAFolder(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.commit("a", "1\n", "d/b", "1\n", "d/gone", "1\n", "d/e/f", "1\n", "d/kept", "1\n", "whole/x", "1\n")
	r.Git("rm", "-q", "--cached", "d/gone", "whole/x")
	r.Git("rm", "-q", "d/e/f")
	r.Add("d/new", "1\n", "d/kept", "2\n", "fresh/y", "1\n", "top", "1\n")
	r.Write("d/untracked", "1\n", ".gitignore", "*.log\n", "d/x.log", "1\n")
	os.Symlink("b", filepath.Join(r.Dir, "d/link"))
	repo := r.open()
	index := repo.Index("")
	head, id, err := repo.Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if got := CommitOf(head); got != id || CommitOf(index) != "" {
		t.Errorf("the commit of HEAD is %q, want %q", got, id)
	}
	folders := []string{"", "d", "d/e", "whole", "fresh", "nowhere", "a"}
	for _, dir := range folders {
		for what, c := range map[string]struct {
			tree Tree
			list string
		}{
			"index":  {index, r.Git("ls-files", "--cached", "--", ":(top)"+dir)},
			"commit": {head, r.Git("ls-tree", "-r", "--name-only", "HEAD")},
		} {
			got, err := c.tree.Names(ctx, dir)
			if want := namesIn(c.list, dir); err != nil || !slices.Equal(sortedNames(got), want) {
				t.Errorf("%s, %q: got %q, %v; want %q", what, dir, got, err, want)
			}
		}
	}
	tree, err := repo.Worktree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string][]string{
		"d": {"b", "gone", "kept", "link", "new", "untracked", "x.log"}, "nowhere": nil, "d/link": nil, "d/b": nil,
	} {
		if got, err := tree.Names(ctx, dir); err != nil || !slices.Equal(sortedNames(got), want) {
			t.Errorf("working tree, %q: got %q, %v; want %q", dir, got, err, want)
		}
	}
	for _, c := range []struct {
		tree Tree
		want string
	}{{index, "the index"}, {head, "commit " + Short(id)}, {tree, "the working tree"}, {repo.Nothing("x"), "x"}} {
		if got := c.tree.Name(); got != c.want {
			t.Errorf("called %q, want %q", got, c.want)
		}
	}
}

// namesIn leaves of a list of paths the names of one folder.
func namesIn(list, dir string) (names []string) {
	for path := range strings.FieldsSeq(list) {
		name := path
		if dir != "" {
			rest, ok := strings.CutPrefix(path, dir+"/")
			if !ok {
				continue
			}
			name = rest
		}
		if !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func sortedNames(names []string) []string {
	slices.Sort(names)
	return names
}

func TestIgnored(t *testing.T) {
	r := newRepo(t)
	r.Write(".gitignore", "*.log\nd/\n", "a.log", "", "b", "", "d/c", "", "e f.log", "")
	got, err := r.open().Ignored(t.Context(), []string{"a.log", "b", "d/c", "e f.log", "not-there.log"})
	if err != nil || len(got) != 4 || got["b"] || !got["e f.log"] || !got["d/c"] {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := r.open().Ignored(t.Context(), []string{"b"}); err != nil || len(got) != 0 {
		t.Errorf("none: got %v, %v", got, err)
	}
	if got, err := r.at(t.TempDir()).open().Ignored(t.Context(), []string{"b"}); err == nil {
		t.Errorf("no repository: got %v", got)
	}
}
