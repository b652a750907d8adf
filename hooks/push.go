package hooks

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/remotes"
)

// PushOptions is what a push hook knows beyond the repository.
type PushOptions struct {
	Options
	// Remote is the name of the remote, or its address if it has none.
	Remote string
	// URL is the address that is pushed to; empty if the configuration is to be asked.
	URL string
	// Remember keeps what the remote says of its refs, in Git's folder, for the pushes to come.
	Remember bool
	// GitDir and CommonDir are Git's folders; empty if the repository is to be asked.
	GitDir, CommonDir string
}

// JudgePush judges every commit that a push sends and the remote lacks, merges included, each by its own content: what
// a later commit repairs is sent all the same; and all that goes to a ref as a whole.
func (r *Repo) JudgePush(ctx context.Context, refs []RefUpdate, opts PushOptions) (*Report, error) {
	updates, err := checkIDs(refs)
	if err != nil {
		return nil, err
	}
	v, err := remotes.Vouch(ctx, r.git, updates, remotes.Remote{Name: opts.Remote, URL: opts.URL, GitDir: opts.GitDir, CommonDir: opts.CommonDir})
	if err != nil {
		return nil, err
	}
	sent, err := r.git.Outgoing(ctx, updates, v.IDs)
	if err != nil {
		return nil, err
	}
	if opts.Remember {
		v.Remember(updates, sent)
	}
	d := newSeries(r.git, &opts.Options)
	if v.Trunk != "" {
		if d.trunk, _, err = d.held(ctx, v.Trunk); err != nil {
			return nil, err
		}
	}
	if len(sent.Refs) > 0 {
		if d.accept, err = d.keep(ctx, sent.Refs[0].Commit); err != nil {
			return nil, err
		}
	}
	report, err := d.sent(ctx, sent)
	if err == nil {
		report.Warnings = append(report.Warnings, v.Warnings(len(sent.Commits), report.Verdict == Refused, opts.Remote)...)
	}
	return report, err
}

// JudgeReceived judges every commit that a push has brought to this server and that no ref of it reaches yet, and all
// that goes to a ref as a whole. What counts as accepted is read from the refs as they were, never from the push.
func (r *Repo) JudgeReceived(ctx context.Context, refs []RefUpdate, opts Options) (*Report, error) {
	updates, err := checkIDs(refs)
	if err != nil {
		return nil, err
	}
	sent, err := r.git.Received(ctx, updates)
	if err != nil {
		return nil, err
	}
	d := newSeries(r.git, &opts)
	d.enforced = true
	head, born, err := r.git.Head(ctx)
	if err != nil {
		return nil, err
	}
	if born {
		if d.accept, err = d.keep(ctx, head); err != nil {
			return nil, err
		}
		d.firm, d.trunk = d.accept, d.accept
	}
	return d.sent(ctx, sent)
}
