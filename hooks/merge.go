package hooks

import (
	"context"
	"path"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/policy"
)

// merge is what a state was joined from: the parents of a merge commit, or what a server has of the branches that a
// push joins. It is judged by its result: a file that stands there as one side has it may have been taken from the
// wrong side.
type merge struct {
	parents  []gitrepo.Tree
	ancestry *ancestry
}

// forks are the merge bases of a side and all others together.
func (m *merge) forks(ctx context.Context, side int) ([]former, error) {
	return m.ancestry.forks(ctx, m.parents[side], m.others(side)...)
}

func (m *merge) others(side int) []gitrepo.Tree {
	return slices.Delete(slices.Clone(m.parents), side, side+1)
}

// atHand reports whether those of a side are known without a git.
func (m *merge) atHand(side int) bool {
	var ids []gitrepo.ID
	for _, t := range m.others(side) {
		ids = append(ids, gitrepo.CommitOf(t))
	}
	_, known := m.ancestry.atHand(gitrepo.CommitOf(m.parents[side]), ids)
	return known
}

// changed reports whether a side has changed a file since it parted from the others, and has this entry since. Of
// several merge bases one that has it too is enough.
func (m *merge) changed(ctx context.Context, side int, e gitrepo.Entry) (bool, error) {
	forks, err := m.forks(ctx, side)
	if err != nil {
		return false, err
	}
	for _, fork := range forks {
		was, ok, err := fork.tree.Lookup(ctx, e.Path)
		if err != nil || ok && was.ID == e.ID {
			return false, err
		}
	}
	return true, nil
}

// lostChanges has for each side what the result took from another side. What it took from none was changed by the merge
// itself, and is judged as any change.
func lostChanges(diffs [][]gitrepo.Change) [][]gitrepo.Change {
	differs := map[string]int{}
	for _, list := range diffs {
		for _, c := range list {
			differs[c.Path]++
		}
	}
	lost := make([][]gitrepo.Change, len(diffs))
	for i, list := range diffs {
		for _, c := range list {
			if differs[c.Path] < len(diffs) {
				lost[i] = append(lost[i], c)
			}
		}
	}
	return lost
}

// ownChanges are the files that are on no side as the result has them.
func ownChanges(diffs [][]gitrepo.Change) []gitrepo.Change {
	differs := map[string]int{}
	for _, list := range diffs[1:] {
		for _, c := range list {
			differs[c.Path]++
		}
	}
	var out []gitrepo.Change
	for _, c := range diffs[0] {
		if differs[c.Path] == len(diffs)-1 {
			out = append(out, c)
		}
	}
	return out
}

// combined is what git diff-tree -c lists: what is in no parent as the result has it, with what stands in the first
// parent that has it.
func combined(diffs [][]gitrepo.Change) []gitrepo.Change {
	if len(diffs) == 1 {
		return diffs[0]
	}
	out := ownChanges(diffs)
	missing := map[string]int{}
	for i, c := range out {
		if c.Old.ID == "" {
			missing[c.Path] = i
		}
	}
	for _, list := range diffs[1:] {
		if len(missing) == 0 {
			break
		}
		for _, c := range list {
			if i, ok := missing[c.Path]; ok && c.Old.ID != "" {
				out[i].Old = c.Old
				delete(missing, c.Path)
			}
		}
	}
	return out
}

func changesPolicy(diffs [][]gitrepo.Change) bool {
	for _, list := range diffs {
		for _, c := range list {
			if path.Base(c.Path) == policy.FileName {
				return true
			}
		}
	}
	return false
}
