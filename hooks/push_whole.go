package hooks

import (
	"context"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// wholes judges what goes to each ref as a whole.
func (d *series) wholes(ctx context.Context, p *plan) error {
	for _, r := range p.refs {
		switch {
		case len(r.held) == 0:
			continue // nothing was there that could have gone
		case r.count == 1 && sameIDs(r.held, r.tip.Parents):
			continue // it is that one commit
		case len(r.edge) == 1 && !d.journal.left && !d.journal.sealed:
			continue // one line of commits, and no encrypted file in any of them
		}
		if err := d.whole(ctx, p, r); err != nil {
			return err
		}
	}
	return nil
}

func sameIDs(a, b []gitrepo.ID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id gitrepo.ID) bool { return !slices.Contains(b, id) })
}

// whole judges what goes to a ref as if it were one commit. What is in each file was judged with the commit that
// brought it; what became of encrypted files on the way shows only now.
func (d *series) whole(ctx context.Context, p *plan, r *refPlan) error {
	diffs, err := d.changesOf(ctx, r)
	if err != nil {
		return err
	}
	one := gitrepo.Commit{ID: r.tip.ID, Parents: r.held}
	snap, err := d.snapshot(ctx, one, d.journal.unjudged(combined(diffs), len(leftOut(lostChanges(diffs))) > 0), diffs)
	if snap == nil || err != nil {
		return err
	}
	snap.whole = true
	if err := p.speaks(ctx, d, snap, r.tip.ID); err != nil {
		return err
	}
	if snap.undo = d.undo; d.undo == nil {
		snap.broughtBy = func(path string) (gitrepo.ID, string) {
			c, ok := d.journal.brought[path]
			if !ok {
				c = r.tip
			}
			return c.ID, rewrite(c.ID, len(c.Parents))
		}
	}
	report, err := d.jury.judge(ctx, snap)
	if err != nil {
		return err
	}
	d.report.add(&Report{Findings: d.journal.news(report.Findings), Accepted: d.journal.news(report.Accepted), Warnings: report.Warnings})
	return nil
}

// changesOf lists what a ref as a whole changes in each commit that it builds on.
func (d *series) changesOf(ctx context.Context, r *refPlan) (diffs [][]gitrepo.Change, err error) {
	for _, h := range r.held {
		i := slices.Index(r.tip.Parents, h)
		if i < 0 || r.changes == nil {
			one := []gitrepo.Commit{{ID: r.tip.ID, Parents: r.held}}
			err := d.repo.ChangesFromEach(ctx, one, func(_ gitrepo.Commit, list [][]gitrepo.Change) error {
				diffs = list
				return nil
			})
			return diffs, err
		}
		diffs = append(diffs, slices.Clone(r.changes[i]))
	}
	return diffs, nil
}
