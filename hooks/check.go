package hooks

import (
	"context"
	"fmt"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// JudgeWorktree judges every file of the working tree, as if it were committed now: tracked ones, and those that are
// neither tracked nor ignored. Only paths for which want (nil: all) is true are judged.
func (r *Repo) JudgeWorktree(ctx context.Context, want func(path string) bool, opts Options) (*Report, error) {
	tree, err := r.git.Worktree(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := tree.Entries(ctx)
	if err != nil {
		return nil, err
	}
	snap := &snapshot{tree: tree, changes: filter(asNew(entries), want), undo: undoEdits(ctx, r.git)}
	if snap.loose, err = loosePolicies(ctx, r.git, ""); err != nil {
		return nil, err
	}
	head, born, err := r.git.Head(ctx)
	if err != nil {
		return nil, err
	}
	if born {
		base, err := r.git.TreeOf(ctx, head)
		if err != nil {
			return nil, err
		}
		snap.bases = []gitrepo.Tree{base}
		for i, c := range snap.changes {
			if snap.changes[i].Old, _, err = base.Lookup(ctx, c.Path); err != nil {
				return nil, err
			}
		}
	}
	return newJury(&opts).judge(ctx, snap)
}

func filter(changes []gitrepo.Change, want func(string) bool) []gitrepo.Change {
	if want == nil {
		return changes
	}
	var out []gitrepo.Change
	for _, c := range changes {
		if want(c.Path) {
			out = append(out, c)
		}
	}
	return out
}

// JudgeTree judges every file of a commit by the commit's own policies.
func (r *Repo) JudgeTree(ctx context.Context, rev string, opts Options) (*Report, error) {
	tree, id, err := r.git.Commit(ctx, rev)
	if err != nil {
		return nil, err
	}
	entries, err := tree.Entries(ctx)
	if err != nil {
		return nil, err
	}
	return newJury(&opts).judge(ctx, &snapshot{tree: tree, changes: asNew(entries), commit: id})
}

// JudgeCommit judges what one commit changes.
func (r *Repo) JudgeCommit(ctx context.Context, rev string, opts Options) (*Report, error) {
	_, id, err := r.git.Commit(ctx, rev)
	if err != nil {
		return nil, err
	}
	parents, err := r.git.Parents(ctx, id)
	if err != nil {
		return nil, err
	}
	return newSeries(r.git, &opts).alone(ctx, []gitrepo.Commit{{ID: id, Parents: parents}})
}

// JudgeRange judges what each commit of from..to changes, and all of them together. The policies of both ends hold.
func (r *Repo) JudgeRange(ctx context.Context, from, to string, opts Options) (*Report, error) {
	_, a, err := r.git.Commit(ctx, from)
	if err != nil {
		return nil, err
	}
	_, b, err := r.git.Commit(ctx, to)
	if err != nil {
		return nil, err
	}
	d := newSeries(r.git, &opts)
	if d.accept, err = d.keep(ctx, b); err != nil {
		return nil, err
	}
	return d.between(ctx, a, b)
}

// between judges the commits of a..b as a push of b to a ref that names a.
func (d *series) between(ctx context.Context, a, b gitrepo.ID) (*Report, error) {
	commits, err := d.repo.Range(ctx, a, b)
	if err != nil {
		return nil, err
	}
	ref := gitrepo.SentRef{RefUpdate: gitrepo.RefUpdate{Old: a, New: b}, Commit: b}
	return d.sent(ctx, &gitrepo.Sent{Commits: commits, Has: a, Refs: []gitrepo.SentRef{ref}})
}

// JudgeProposed judges a change that is proposed to a branch, as CI does: each commit of HEAD that the base lacks, and
// what all of them together change. The policies of both sides hold, and what is accepted is read from the base.
func (r *Repo) JudgeProposed(ctx context.Context, baseRev, headRev string, opts Options) (*Report, error) {
	_, a, err := r.git.Commit(ctx, baseRev)
	if err != nil {
		return nil, err
	}
	_, b, err := r.git.Commit(ctx, headRev)
	if err != nil {
		return nil, err
	}
	forks, err := r.git.MergeBases(ctx, a, b)
	if err != nil {
		return nil, err
	}
	if len(forks) == 0 {
		return nil, fmt.Errorf("%s and %s have no common commit: fetch the whole history (fetch-depth: 0)", baseRev, headRev)
	}
	d := newSeries(r.git, &opts)
	d.enforced, d.undo = true, undoFrom(a)
	if d.accept, err = d.keep(ctx, a); err != nil {
		return nil, err
	}
	d.firm, d.trunk = d.accept, d.accept
	report, err := d.between(ctx, a, b)
	if err != nil {
		return nil, err
	}
	report.Findings = once(report.Findings)
	report.Accepted = once(report.Accepted)
	return report.close(), nil
}

// once leaves out findings that the change as a whole shows again.
func once(findings []Finding) []Finding {
	seen := map[findingKey]bool{}
	var out []Finding
	for _, f := range findings {
		k := findingKey{f.Fingerprint, f.Path, f.Line}
		if !seen[k] {
			seen[k] = true
			out = append(out, f)
		}
	}
	return out
}

// JudgeHistory judges every file that any ref has ever reached, each content once, by the policies of HEAD.
func (r *Repo) JudgeHistory(ctx context.Context, opts Options) (*Report, error) {
	return newJury(&opts).history(ctx, r.git)
}

func (y *jury) history(ctx context.Context, repo *gitrepo.Repo) (*Report, error) {
	head, _, err := repo.Commit(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	j, err := y.prepare(ctx, &snapshot{tree: head})
	if err != nil {
		return nil, err
	}
	err = j.all(func(ctx context.Context, give func(job) error) error {
		return repo.History(ctx, j.limit(), func(b gitrepo.HistoryBlob) error {
			return give(job{change: &gitrepo.Change{Path: b.Entry.Path, New: b.Entry}, blob: &b, done: b.Done, total: b.Total})
		})
	})
	if err != nil {
		return nil, err
	}
	return j.report.close(), nil
}
