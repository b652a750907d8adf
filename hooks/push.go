package hooks

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/remotes"
)

// PushOptions is what a push hook knows beyond the repository.
type PushOptions struct {
	Options
	// Remote is the name of the remote, or its address if it has none.
	Remote string
	// URL is the address that is pushed to; empty if the configuration is to be asked.
	URL string
	// Remember keeps what the remote says of its refs, in Git's folder, for the
	// pushes to come.
	Remember bool
	// GitDir and CommonDir are Git's folders; empty if the repository is to be asked.
	GitDir, CommonDir string
}

// PrePush judges every commit that a push sends and the remote lacks, merges
// included, each by its own content: what a later commit repairs is sent all
// the same; and all that goes to a ref as a whole.
func PrePush(ctx context.Context, repo *gitrepo.Repo, updates []gitrepo.RefUpdate, opts *PushOptions) (*Report, error) {
	v, err := remotes.Vouch(ctx, repo, updates, remotes.Remote{Name: opts.Remote, URL: opts.URL, GitDir: opts.GitDir, CommonDir: opts.CommonDir})
	if err != nil {
		return nil, err
	}
	sent, err := repo.Outgoing(ctx, updates, v.IDs)
	if err != nil {
		return nil, err
	}
	if opts.Remember {
		v.Remember(updates, sent)
	}
	d := newDocket(repo, &opts.Options)
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

// PreReceive judges every commit that a push has brought to this server and
// that no ref of it reaches yet, and all that goes to a ref as a whole. What counts
// as accepted is read from the refs as they were, never from the push.
func PreReceive(ctx context.Context, repo *gitrepo.Repo, updates []gitrepo.RefUpdate, opts *Options) (*Report, error) {
	sent, err := repo.Received(ctx, updates)
	if err != nil {
		return nil, err
	}
	d := newDocket(repo, opts)
	d.enforced = true
	head, born, err := repo.Head(ctx)
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
