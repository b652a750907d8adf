package hooks

import (
	"context"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// StagedOptions is what a commit hook knows beyond the repository.
type StagedOptions struct {
	Options
	// Top is the top of the working tree, where Git runs its commit hooks; empty if the repository is to be asked.
	Top string
	// Amending: the commit takes the place of HEAD, so that what HEAD itself changed is committed again.
	Amending bool
	// Many is called once if there is more to judge than a few files. nil: nobody wants to know.
	Many func()
}

// fewFiles are judged as fast by one processor as by several, which cost more than they bring.
const fewFiles = 24

// JudgeStaged judges the index that Git is about to commit: as a pre-commit hook, a pre-merge-commit hook, or for a
// person who wants to know.
func (r *Repo) JudgeStaged(ctx context.Context, opts StagedOptions) (*Report, error) {
	st, err := r.stagedState(ctx, &opts)
	if err != nil {
		return nil, err
	}
	y := newJury(&opts.Options)
	if err := y.join(ctx, r.git, st); err != nil {
		return nil, err
	}
	if opts.Many != nil && len(st.snap.changes) > fewFiles {
		opts.Many()
	}
	return y.judge(ctx, st.snap)
}

// staged is the index, and the commits that it will follow.
type staged struct {
	snap    *snapshot
	parents []gitrepo.ID
	diffs   [][]gitrepo.Change // of a merge: what the index changes in each of them
}

// stagedState is the snapshot of the index.
func (r *Repo) stagedState(ctx context.Context, opts *StagedOptions) (*staged, error) {
	repo := r.git
	index := repo.Index(opts.Top)
	snap := &snapshot{tree: index, undo: undoStaged(false, false, nil)}
	st := &staged{snap: snap}
	head, born, err := repo.Head(ctx)
	if err != nil {
		return nil, err
	}
	if snap.changes, err = repo.StagedChanges(ctx, head); err != nil {
		return nil, err
	}
	if !born {
		snap.loose, err = loosePolicies(ctx, repo, opts.Top)
		return st, err
	}
	snap.undo = undoStaged(true, false, nil)
	merged, err := mergeHeads(ctx, repo, r.env)
	if err != nil {
		return nil, err
	}
	st.parents = append([]gitrepo.ID{head}, merged...)
	if snap.bases, err = treesOf(ctx, repo, st.parents); err != nil {
		return nil, err
	}
	if len(merged) > 0 {
		if st.diffs, err = stagedAgainst(ctx, repo, merged); err != nil {
			return nil, err
		}
		st.diffs = append([][]gitrepo.Change{snap.changes}, st.diffs...)
		snap.changes = ownChanges(st.diffs)
	}
	// An empty change comes from --amend or --allow-empty. Both of them, and an amendment of more, commit again what
	// HEAD changed.
	if len(merged) == 0 && (opts.Amending || len(snap.changes) == 0) {
		if err := again(ctx, repo, head, st); err != nil {
			return nil, err
		}
	}
	snap.loose, err = loosePolicies(ctx, repo, opts.Top)
	return st, err
}

func treesOf(ctx context.Context, repo *gitrepo.Repo, ids []gitrepo.ID) ([]gitrepo.Tree, error) {
	var out []gitrepo.Tree
	for _, id := range ids {
		tree, err := repo.TreeOf(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, tree)
	}
	return out, nil
}

// stagedAgainst lists what the index changes in each of several commits.
func stagedAgainst(ctx context.Context, repo *gitrepo.Repo, ids []gitrepo.ID) ([][]gitrepo.Change, error) {
	var out [][]gitrepo.Change
	for _, id := range ids {
		changes, err := repo.StagedChanges(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, changes)
	}
	return out, nil
}

// join adds what a merge itself makes of the files that it takes from one side as they are there.
func (y *jury) join(ctx context.Context, repo *gitrepo.Repo, st *staged) error {
	snap := st.snap
	if snap.ancestry = newAncestry(repo, y); len(st.parents) < 2 {
		return nil
	}
	trees, err := treesOf(ctx, repo, st.parents)
	if err != nil {
		return err
	}
	snap.newer = y.formers(ctx, trees)
	snap.merge = &merge{parents: trees, ancestry: snap.ancestry}
	joined, err := y.takenFiles(ctx, snap.tree, snap.merge, st.diffs)
	if err != nil {
		return err
	}
	joined.into(snap)
	return nil
}

// without leaves out the files that are judged whole anyway.
func without(why map[string]takenFor, changes []gitrepo.Change) map[string]takenFor {
	if len(why) > 0 {
		for _, c := range changes {
			delete(why, c.Path)
		}
	}
	return why
}

// again adds what a commit itself changed and the index still holds.
func again(ctx context.Context, repo *gitrepo.Repo, commit gitrepo.ID, st *staged) error {
	snap := st.snap
	parents, err := repo.Parents(ctx, commit)
	if err != nil {
		return err
	}
	have := map[string]int{}
	for i, c := range snap.changes {
		have[c.Path] = i + 1
	}
	trees, err := treesOf(ctx, repo, parents)
	if err != nil {
		return err
	}
	snap.bases = append(snap.bases, trees...)
	if st.parents = parents; len(parents) > 1 {
		if st.diffs, err = stagedAgainst(ctx, repo, parents); err != nil {
			return err
		}
	}
	amended := map[string]bool{}
	snap.undo = undoStaged(true, len(parents) == 0, amended)
	return repo.CommitChanges(ctx, []gitrepo.ID{commit}, func(_ gitrepo.ID, changes []gitrepo.Change) error {
		for _, c := range changes {
			amended[c.Path] = true
			if i := have[c.Path]; i > 0 {
				snap.changes[i-1].Old = c.Old // what stands in HEAD is replaced
			} else {
				snap.changes = append(snap.changes, c)
			}
		}
		return nil
	})
}

// mergeHeads lists the commits that the commit will have as parents besides HEAD. While git merge runs it names them in
// GITHEAD_ variables only.
func mergeHeads(ctx context.Context, repo *gitrepo.Repo, env []string) ([]gitrepo.ID, error) {
	out, err := repo.MergeHeads(ctx)
	if err != nil || len(out) > 0 {
		return out, err
	}
	for _, v := range env {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GITHEAD_") {
			out = append(out, gitrepo.ID(strings.TrimPrefix(name, "GITHEAD_")))
		}
	}
	return out, nil
}
