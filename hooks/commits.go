package hooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// series is a list of commits to judge one after the other.
type series struct {
	repo     *gitrepo.Repo
	jury     *jury
	ancestry *ancestry
	trees    map[gitrepo.ID]gitrepo.Tree
	recent   []gitrepo.ID // of trees, the oldest first
	kept     map[gitrepo.Tree]bool
	firm     gitrepo.Tree // has a say in every judgement, and nothing supersedes it; nil: none
	trunk    gitrepo.Tree // the branch whose policies count for all others; nil: not known
	accept   gitrepo.Tree // nil: that of the first ref that is judged
	enforced bool
	undo     undoFunc // of what shows in all commits together only; nil: that of the commit
	journal  journal
	report   Report
}

func newSeries(repo *gitrepo.Repo, opts *Options) *series {
	y := newJury(opts)
	return &series{repo: repo, jury: y, ancestry: newAncestry(repo, y), trees: map[gitrepo.ID]gitrepo.Tree{}, kept: map[gitrepo.Tree]bool{}, journal: newJournal()}
}

// tree gives the tree of a commit, the same one each time, so that its policies are read once.
func (d *series) tree(ctx context.Context, id gitrepo.ID) (gitrepo.Tree, error) {
	if t := d.trees[id]; t != nil {
		return t, nil
	}
	t, err := d.repo.TreeOf(ctx, id)
	if err != nil {
		return nil, err
	}
	d.trees[id] = t
	if d.recent = append(d.recent, id); len(d.recent) > maxRecent {
		d.forget(d.recent[0])
		d.recent = d.recent[1:]
	}
	return t, nil
}

// maxRecent is how many trees are remembered besides those that have a say all the time: a commit's parents were mostly
// judged shortly before it.
const maxRecent = 64

// keep gives the tree of a commit that is not forgotten.
func (d *series) keep(ctx context.Context, id gitrepo.ID) (gitrepo.Tree, error) {
	t, err := d.tree(ctx, id)
	if err == nil {
		d.kept[t] = true
	}
	return t, err
}

// forget drops a tree and its policies, unless it is kept.
func (d *series) forget(id gitrepo.ID) {
	if t := d.trees[id]; !d.kept[t] {
		delete(d.trees, id)
		d.jury.forget(t)
	}
}

// held gives the tree of what a ref named before; false for what is not a commit, or is not here.
func (d *series) held(ctx context.Context, id gitrepo.ID) (gitrepo.Tree, bool, error) {
	if id == "" {
		return nil, false, nil
	}
	commit, ok, err := d.repo.Peel(ctx, id)
	if err != nil || !ok {
		return nil, false, err
	}
	t, err := d.keep(ctx, commit)
	return t, err == nil, err
}

// sent judges what a push sends.
func (d *series) sent(ctx context.Context, sent *gitrepo.Sent) (*Report, error) {
	plan, err := d.plan(ctx, sent)
	if err != nil {
		return nil, err
	}
	if d.accept == nil {
		if d.accept, err = plan.base(ctx, d); err != nil {
			return nil, err
		}
	}
	if d.accept == nil {
		d.accept = d.repo.Nothing("nothing")
	}
	for _, o := range sent.Objects {
		if err := d.object(ctx, o, plan); err != nil {
			return nil, err
		}
	}
	if err := d.commits(ctx, sent.Commits, plan); err != nil {
		return nil, err
	}
	if err := d.wholes(ctx, plan); err != nil {
		return nil, err
	}
	return d.report.close(), nil
}

// alone is for commits that are judged by what is before each of them, and nothing else.
func (d *series) alone(ctx context.Context, commits []gitrepo.Commit) (*Report, error) {
	if err := d.commits(ctx, commits, nil); err != nil {
		return nil, err
	}
	return d.report.close(), nil
}

// commits judges each commit by what it changes itself. A merge is judged by what it makes of the files of its sides,
// too.
func (d *series) commits(ctx context.Context, commits []gitrepo.Commit, plan *plan) error {
	return d.repo.ChangesFromEach(ctx, commits, func(c gitrepo.Commit, diffs [][]gitrepo.Change) error {
		snap, err := d.snapshot(ctx, c, combined(diffs), diffs)
		if plan != nil && len(diffs) > 1 {
			plan.keep(c.ID, diffs)
		}
		if snap == nil || err != nil {
			return err
		}
		snap.rewrite = rewrite(c.ID, len(c.Parents))
		if plan != nil {
			if err := plan.speaks(ctx, d, snap, c.ID); err != nil {
				return err
			}
			snap.gone = d.journal.gone
		} else if snap.merge != nil {
			snap.newer = d.jury.formers(ctx, snap.merge.parents)
		}
		report, err := d.jury.judge(ctx, snap)
		if err != nil {
			return err
		}
		d.report.add(report)
		if plan == nil || plan.single() {
			return nil
		}
		d.journal.note(c, snap, report)
		return d.noteGone(ctx, snap)
	})
}

// formers are trees with their policies.
func (y *jury) formers(ctx context.Context, trees []gitrepo.Tree) []former {
	var out []former
	for _, t := range trees {
		out = append(out, former{t, y.resolver(ctx, t)})
	}
	return out
}

// noteGone takes down the encrypted files that go away, for the commits to come.
func (d *series) noteGone(ctx context.Context, snap *snapshot) error {
	at := &judge{ctx: ctx, snap: snap, opts: d.jury.opts, shapes: &d.jury.shapes}
	for _, c := range snap.changes {
		if !leaves(c) {
			d.journal.cameBack(c.Path)
			continue
		}
		if ok, err := d.jury.maybeSealed(ctx, snap.tree, c.Old); err != nil {
			return err
		} else if !ok {
			continue
		}
		d.journal.left = true
		s, err := at.leavingOf(c)
		if errors.Is(err, gitrepo.ErrMissing) {
			continue // a partial clone: it was not decrypted here
		}
		if err != nil {
			return err
		}
		if s != nil {
			d.journal.gone = append(slices.Clip(d.journal.gone), s)
		}
	}
	return nil
}

// snapshot is a commit with changes of its own, and with what it takes from one of its parents and is judged as well;
// nil if that is nothing. diffs has what it changes in each of them, or of others that are given as its parents.
func (d *series) snapshot(ctx context.Context, c gitrepo.Commit, changes []gitrepo.Change, diffs [][]gitrepo.Change) (*snapshot, error) {
	if len(changes) == 0 && len(c.Parents) < 2 {
		return nil, nil
	}
	tree, err := d.tree(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	snap := &snapshot{tree: tree, changes: changes, commit: c.ID, accept: d.accept, enforced: d.enforced, ancestry: d.ancestry}
	for _, p := range c.Parents {
		t, err := d.tree(ctx, p)
		if err != nil {
			return nil, err
		}
		snap.bases = append(snap.bases, t)
	}
	if len(c.Parents) < 2 {
		return snap, nil
	}
	snap.merge = &merge{parents: snap.bases[:len(snap.bases):len(snap.bases)], ancestry: d.ancestry}
	joined, err := d.jury.takenFiles(ctx, tree, snap.merge, diffs)
	if err != nil || len(changes)+len(joined.changes) == 0 {
		return nil, err
	}
	joined.into(snap)
	return snap, nil
}

// rewrite is the command that stops at a commit to change it.
func rewrite(id gitrepo.ID, parents int) string {
	switch parents {
	case 0:
		return "git rebase -i --root"
	case 1:
		return "git rebase -i " + gitrepo.Short(id) + "^"
	}
	return "git rebase -i --rebase-merges " + gitrepo.Short(id) + "^"
}

// rewriteThen is what to do in that rebase. Of a merge it makes a line that cannot be marked. A commit that did nothing
// else is empty then, and stays.
func rewriteThen(id gitrepo.ID, rewrite, fix string) string {
	stop := "mark " + gitrepo.Short(id) + " as edit"
	if strings.Contains(rewrite, "--rebase-merges") {
		stop = "put a line with break below the one that merges " + gitrepo.Short(id)
	}
	return fmt.Sprintf("%s, then %s && git commit --amend --no-edit --allow-empty && git rebase --continue", stop, fix)
}

// object judges a blob or a tree that a ref names without any commit.
func (d *series) object(ctx context.Context, o gitrepo.SentObject, plan *plan) error {
	snap := &snapshot{bases: plan.all(), accept: d.accept, enforced: d.enforced}
	if o.Kind == "tree" {
		snap.tree = d.repo.TreeObject(o.ID, o.Ref)
		entries, err := snap.tree.Entries(ctx)
		if err != nil {
			return err
		}
		snap.changes = asNew(entries)
	} else {
		snap.tree = d.repo.Nothing(o.Ref)
		snap.changes = []gitrepo.Change{{Path: o.Ref, New: gitrepo.Entry{Path: o.Ref, Mode: gitrepo.ModeFile, ID: o.ID}}}
	}
	report, err := d.jury.judge(ctx, snap)
	if err != nil {
		return err
	}
	d.report.add(report)
	return nil
}

// asNew takes every entry for one that is added.
func asNew(entries []gitrepo.Entry) []gitrepo.Change {
	changes := make([]gitrepo.Change, 0, len(entries))
	for _, e := range entries {
		changes = append(changes, gitrepo.Change{Path: e.Path, New: e})
	}
	return changes
}
