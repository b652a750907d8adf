// Package remotes knows what the other side of a push has: by what a remote said of its refs when something was pushed
// to it, and by the tracking branches as long as they are from the address that is pushed to. It keeps that in Git's
// folder.
package remotes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Remote is where a push goes.
type Remote struct {
	Name string // or its address if it has none
	URL  string // empty if the configuration is to be asked
	// GitDir and CommonDir are Git's folders; empty if the repository is to be asked.
	GitDir, CommonDir string
}

// Vouchers are commits that the other side of a push has.
type Vouchers struct {
	IDs   []gitrepo.ID
	Trunk gitrepo.ID // of its default branch; empty if that is not known
	// elsewhere says why the tracking branches do not count; empty if they do.
	elsewhere string
	memory    *memory
	said      *told  // by the address that is pushed to
	problem   string // with the memory
}

// vouch finds what the remote is known to have, besides what Git says of the refs that are pushed: what it said of
// others when it was pushed to before, and the tracking branches as long as they are of the same address. What is stale
// is not believed: a commit that the remote does not have would be sent without being judged.
func Vouch(ctx context.Context, repo *gitrepo.Repo, updates []gitrepo.RefUpdate, to Remote) (*Vouchers, error) {
	config, err := repo.RemoteConfig(ctx, to.Name)
	if err != nil {
		return nil, err
	}
	if to.URL == "" && to.Name != "" {
		if to.URL, err = repo.PushURL(ctx, to.Name); err != nil {
			return nil, err
		}
	}
	if to.URL == "" {
		return &Vouchers{}, nil // nothing is known of where it goes
	}
	gitDir, commonDir := to.GitDir, to.CommonDir
	if gitDir == "" || commonDir == "" {
		if gitDir, commonDir, err = repo.Dirs(ctx); err != nil {
			return nil, err
		}
	}
	v := &Vouchers{}
	if v.memory, err = readMemory(commonDir); err != nil {
		v.problem = "what remotes said before cannot be read, so more may be judged: " + err.Error()
	}
	v.said = v.memory.of(hashOf(to.URL))
	if config.Ask {
		return v, v.ask(ctx, repo, config, to)
	}
	for _, r := range v.said.Refs {
		if !slices.ContainsFunc(updates, func(u gitrepo.RefUpdate) bool { return u.Ref == r.Ref }) {
			v.IDs = append(v.IDs, r.ID)
		}
	}
	return v, v.tracking(ctx, repo, gitDir, updates, config, to)
}

// remember keeps what the remote said, for the pushes to come. What a ref named before is there after the push, too, if
// what is sent builds on it.
func (v *Vouchers) Remember(updates []gitrepo.RefUpdate, sent *gitrepo.Sent) {
	if v.memory == nil || v.problem != "" {
		return
	}
	built := map[gitrepo.ID]bool{}
	for _, c := range sent.Commits {
		for _, p := range c.Parents {
			built[p] = true
		}
	}
	for _, u := range updates {
		if !built[u.Old] {
			u.Old = ""
		}
		v.said.set(u.Ref, u.Old)
	}
	if err := v.memory.write(); err != nil {
		v.problem = "what the remote says cannot be kept, so more may be judged next time: " + err.Error()
	}
}

// ask asks the remote.
func (v *Vouchers) ask(ctx context.Context, repo *gitrepo.Repo, config gitrepo.RemoteConfig, to Remote) error {
	at := to.Name
	if config.Apart || at == "" {
		at = to.URL
	}
	refs, err := repo.LsRemote(ctx, at)
	if err != nil {
		return fmt.Errorf("gitsecrets.lsRemote is set, but the remote does not answer: %w", err)
	}
	v.said.Refs = nil
	for _, r := range slices.Backward(refs) {
		if r.Name == "HEAD" {
			v.Trunk = r.ID
		} else if !strings.HasSuffix(r.Name, "^{}") {
			v.said.set(r.Name, r.ID)
			v.IDs = append(v.IDs, r.ID)
		}
	}
	return nil
}

// tracking takes the tracking branches, if they are of the address. Of those that are pushed, Git says now what they
// name.
func (v *Vouchers) tracking(ctx context.Context, repo *gitrepo.Repo, gitDir string, updates []gitrepo.RefUpdate, config gitrepo.RemoteConfig, to Remote) error {
	refs, trunk, err := repo.Tracking(ctx, to.Name)
	if len(refs) == 0 || err != nil {
		return err
	}
	if config.Apart {
		url, err := repo.FetchURL(ctx, to.Name)
		if err != nil {
			return err
		}
		if addressOf(url) != addressOf(to.URL) {
			v.elsewhere = "is pushed to another address than its branches here come from; to ask it what it has: git config gitsecrets.lsRemote true"
			return nil
		}
	}
	known, err := v.memory.from(ctx, repo, to.Name, to.URL, gitDir, refs)
	if err != nil {
		return err
	}
	fresh := known.fresh(refs)
	if len(fresh) == 0 {
		v.elsewhere = "has another address than its branches here come from; to learn what it has: git fetch " + text.ShellPath(to.Name)
		return nil
	}
	v.Trunk = trunk
	for _, r := range fresh {
		branch := branchOf(to.Name, r)
		if !slices.ContainsFunc(updates, func(u gitrepo.RefUpdate) bool { return u.Ref == branch }) {
			v.IDs = append(v.IDs, r.ID)
		}
	}
	return nil
}

// branchOf is the branch that a tracking branch stands for.
func branchOf(remote string, r gitrepo.Ref) string {
	return "refs/heads/" + strings.TrimPrefix(r.Name, "refs/remotes/"+remote+"/")
}

// from says of which address the tracking branches of a remote are, which is at a URL now.
func (m *memory) from(ctx context.Context, repo *gitrepo.Repo, remote, url, gitDir string, refs []gitrepo.Ref) (tracked, error) {
	address := hashOf(url)
	known, ok := m.Remotes[remote]
	switch {
	case m.unread:
		known = tracked{address, staleMarks(refs)}
	case !ok:
		known = tracked{Address: address}
		elsewhere, err := fromElsewhere(ctx, repo, remote, url, gitDir)
		if err != nil {
			return known, err
		}
		if elsewhere {
			known.Stale = staleMarks(refs)
		}
	case known.Address != address:
		before := m.of(known.Address) // to which the remote may come back
		for _, r := range known.fresh(refs) {
			before.set(branchOf(remote, r), r.ID)
		}
		known = tracked{address, staleMarks(refs)}
	}
	if len(known.Stale) > 0 {
		list, err := gitrepo.LastFetched(gitDir)
		if err != nil {
			return known, err
		}
		for _, f := range list {
			if f.Branch != "" && sameAddress(url, f.URL) {
				mark := staleMark(gitrepo.Ref{Name: "refs/remotes/" + remote + "/" + f.Branch, ID: f.ID})
				known.Stale = slices.DeleteFunc(known.Stale, func(s string) bool { return s == mark })
			}
		}
	}
	m.Remotes[remote] = known
	return known, nil
}

// fromElsewhere reports whether there is evidence that the tracking branches are not from an address: the repository
// was cloned from another one, and not fetched from this.
func fromElsewhere(ctx context.Context, repo *gitrepo.Repo, remote, url, gitDir string) (bool, error) {
	cloned, err := gitrepo.ClonedFrom(gitDir)
	if cloned == "" || err != nil || sameAddress(url, cloned) {
		return false, err
	}
	// The log has the address as it was given, before insteadOf.
	if given, err := repo.ConfiguredURL(ctx, remote); err != nil || sameAddress(given, cloned) {
		return false, err
	}
	list, err := gitrepo.LastFetched(gitDir)
	return !slices.ContainsFunc(list, func(f gitrepo.Fetched) bool { return sameAddress(url, f.URL) }), err
}

// warnings say why more is judged than is new, if that is worth a word.
func (v *Vouchers) Warnings(commits int, refused bool, remote string) []string {
	var out []string
	if v.problem != "" {
		out = append(out, v.problem)
	}
	if v.elsewhere != "" && (commits >= manyCommits || commits > 0 && refused) {
		out = append(out, fmt.Sprintf("%d commits are judged, because %s %s", commits, text.Path(remote), v.elsewhere))
	}
	return out
}

// manyCommits are enough to wonder why they are all judged.
const manyCommits = 100

// Note takes down the addresses of all remotes when the hooks are installed: what their tracking branches are from.
func Note(ctx context.Context, repo *gitrepo.Repo) error {
	gitDir, commonDir, err := repo.Dirs(ctx)
	if err != nil {
		return err
	}
	m, err := readMemory(commonDir)
	if err != nil {
		return err
	}
	names, err := repo.Remotes(ctx)
	if len(names) == 0 || err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := m.Remotes[name]; ok {
			continue
		}
		url, err := repo.FetchURL(ctx, name)
		if err != nil {
			return err
		}
		refs, _, err := repo.Tracking(ctx, name)
		if err != nil {
			return err
		}
		if _, err := m.from(ctx, repo, name, url, gitDir, refs); err != nil {
			return err
		}
	}
	return m.write()
}
