package hooks

import (
	"context"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// PrePush judges every commit that a push sends and the remote lacks, merges
// included, each by its own content: what a later commit repairs is sent all
// the same. remote is the name of the remote, or its address if it has none.
func PrePush(ctx context.Context, repo *gitrepo.Repo, updates []gitrepo.RefUpdate, remote string, opts *Options) (*Report, error) {
	sent, err := repo.Outgoing(ctx, updates, remote)
	if err != nil {
		return nil, err
	}
	d := newDocket(repo, opts)
	for _, u := range updates {
		for _, id := range []gitrepo.ID{u.New, u.Old} {
			if err := d.alsoHolds(ctx, id); err != nil {
				return nil, err
			}
		}
		if u.New != "" && d.accept == nil {
			if tree, ok, err := d.commit(ctx, u.New); err != nil {
				return nil, err
			} else if ok {
				d.accept = tree
			}
		}
	}
	return d.sent(ctx, sent)
}

// PreReceive judges every commit that a push has brought to this server and
// that no ref of it reaches yet. What counts as accepted is read from the
// refs as they were, never from the push.
func PreReceive(ctx context.Context, repo *gitrepo.Repo, updates []gitrepo.RefUpdate, opts *Options) (*Report, error) {
	sent, err := repo.Received(ctx, updates)
	if err != nil {
		return nil, err
	}
	d := newDocket(repo, opts)
	d.enforced = true
	d.accept = repo.Nothing("nothing")
	head, born, err := repo.Head(ctx)
	if err != nil {
		return nil, err
	}
	if born {
		if d.accept, err = repo.TreeOf(ctx, head); err != nil {
			return nil, err
		}
		if err := d.alsoHolds(ctx, head); err != nil {
			return nil, err
		}
	}
	for _, u := range updates {
		for _, id := range []gitrepo.ID{u.New, u.Old} {
			if err := d.alsoHolds(ctx, id); err != nil {
				return nil, err
			}
		}
	}
	return d.sent(ctx, sent)
}

// docket is a list of commits to judge one after the other.
type docket struct {
	repo     *gitrepo.Repo
	jury     *jury
	trees    map[gitrepo.ID]gitrepo.Tree
	recent   []gitrepo.ID   // of trees, the oldest first
	bases    []gitrepo.Tree // of every commit
	accept   gitrepo.Tree
	enforced bool
	report   Report
}

func newDocket(repo *gitrepo.Repo, opts *Options) *docket {
	return &docket{repo: repo, jury: newJury(opts), trees: map[gitrepo.ID]gitrepo.Tree{}}
}

// tree gives the tree of a commit, the same one each time, so that its
// policies are read once.
func (d *docket) tree(ctx context.Context, id gitrepo.ID) (gitrepo.Tree, error) {
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

// maxRecent is how many trees are remembered besides those that have a say all
// the time: a commit's parents were mostly judged shortly before it.
const maxRecent = 64

// forget drops a tree and its policies, unless it has a say in every judgement.
func (d *docket) forget(id gitrepo.ID) {
	if t := d.trees[id]; t != d.accept && !slices.Contains(d.bases, t) {
		delete(d.trees, id)
		d.jury.forget(t)
	}
}

// commit gives the tree of what a ref names; false for one that is no commit,
// or that is not here.
func (d *docket) commit(ctx context.Context, id gitrepo.ID) (gitrepo.Tree, bool, error) {
	commit, ok, err := d.repo.Peel(ctx, id)
	if err != nil || !ok {
		return nil, false, err
	}
	t, err := d.tree(ctx, commit)
	return t, err == nil, err
}

// alsoHolds has the policies of a state hold for every commit.
func (d *docket) alsoHolds(ctx context.Context, id gitrepo.ID) error {
	if id == "" {
		return nil
	}
	t, ok, err := d.commit(ctx, id)
	if err != nil || !ok {
		return err
	}
	for _, have := range d.bases {
		if have == t {
			return nil
		}
	}
	d.bases = append(d.bases, t)
	return nil
}

func (d *docket) sent(ctx context.Context, sent *gitrepo.Sent) (*Report, error) {
	for _, o := range sent.Objects {
		if err := d.object(ctx, o); err != nil {
			return nil, err
		}
	}
	if err := d.commits(ctx, sent.Commits); err != nil {
		return nil, err
	}
	return d.report.close(), nil
}

// commits judges each commit by what it changes itself.
func (d *docket) commits(ctx context.Context, ids []gitrepo.ID) error {
	return d.repo.CommitChanges(ctx, ids, func(id gitrepo.ID, changes []gitrepo.Change) error {
		if len(changes) == 0 {
			return nil
		}
		tree, err := d.tree(ctx, id)
		if err != nil {
			return err
		}
		snap := &Snapshot{Tree: tree, Changes: changes, Commit: id, Bases: d.bases, Accept: d.accept, Enforced: d.enforced}
		parents, err := d.repo.Parents(ctx, id)
		if err != nil {
			return err
		}
		snap.Rewrite = rewrite(id, len(parents))
		for i, p := range parents {
			t, err := d.tree(ctx, p)
			if err != nil {
				return err
			}
			if i > 0 {
				snap.Others = append(snap.Others, t)
			}
			snap.Bases = append(snap.Bases[:len(snap.Bases):len(snap.Bases)], t)
		}
		return d.judge(ctx, snap)
	})
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

// object judges a blob or a tree that a ref names without any commit.
func (d *docket) object(ctx context.Context, o gitrepo.SentObject) error {
	snap := &Snapshot{Bases: d.bases, Accept: d.accept, Enforced: d.enforced}
	if o.Kind == "tree" {
		snap.Tree = d.repo.TreeObject(o.ID, o.Ref)
		entries, err := snap.Tree.Entries(ctx)
		if err != nil {
			return err
		}
		snap.Changes = asNew(entries)
	} else {
		snap.Tree = d.repo.Nothing(o.Ref)
		snap.Changes = []gitrepo.Change{{Path: o.Ref, New: gitrepo.Entry{Path: o.Ref, Mode: gitrepo.ModeFile, ID: o.ID}}}
	}
	return d.judge(ctx, snap)
}

func (d *docket) judge(ctx context.Context, snap *Snapshot) error {
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
