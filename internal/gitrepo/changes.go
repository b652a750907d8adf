package gitrepo

import (
	"context"
	"errors"
	"io"
	"strings"
)

// StagedChanges lists what the index changes against a commit: HEAD, or the empty tree on a branch without commits.
// Entries that are only intended to be added are left out, since Git does not commit them. Unmerged ones are
// ErrUnmerged.
func (r *Repo) StagedChanges(ctx context.Context, against ID) ([]Change, error) {
	base := against
	if against == "" {
		var err error
		if against, err = r.emptyTree(ctx); err != nil {
			return nil, err
		}
	}
	s := &staged{changed: map[string]Entry{}}
	if base == "" {
		s.base = r.Nothing("the empty tree")
	} else {
		var err error
		if s.base, err = r.commitTree(ctx, base); err != nil {
			return nil, err
		}
	}
	var out []Change
	err := r.stream(ctx, nil, func(in io.Reader) error {
		return rawChanges(in, func(c Change) error {
			out = append(out, c)
			s.changed[c.Path] = c.New
			return nil
		}, nil)
	}, "diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-relative", "--no-abbrev", "--ita-invisible-in-index",
		"--ignore-submodules=none", "--full-index", string(against), "--")
	if err != nil {
		return nil, err
	}
	r.stagedMu.Lock()
	r.staged = s
	r.stagedMu.Unlock()
	return out, nil
}

// staged is the index as a diff shows it: a tree, and what became of the paths that differ from it. An entry without an
// id is one that is removed.
type staged struct {
	base    Tree
	changed map[string]Entry
	names   changedNames
}

// lastStaged is what StagedChanges saw last; if it has not been asked yet, what differs from HEAD.
func (r *Repo) lastStaged(ctx context.Context) (*staged, error) {
	r.stagedMu.Lock()
	s := r.staged
	r.stagedMu.Unlock()
	if s != nil {
		return s, nil
	}
	head, _, err := r.Head(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := r.StagedChanges(ctx, head); err != nil {
		return nil, err
	}
	r.stagedMu.Lock()
	defer r.stagedMu.Unlock()
	return r.staged, nil
}

// CommitChanges hands each of the commits to each, in the order given, with what it changes itself: against its parent;
// of a merge what is in none of its parents; of a commit without parents everything.
func (r *Repo) CommitChanges(ctx context.Context, commits []ID, each func(commit ID, changes []Change) error) error {
	items := make([]Commit, len(commits))
	for i, id := range commits {
		items[i].ID = id
	}
	return r.changesAgainst(ctx, items, each)
}

// changesAgainst is CommitChanges with other parents than a commit has, where any are given.
func (r *Repo) changesAgainst(ctx context.Context, commits []Commit, each func(commit ID, changes []Change) error) error {
	if len(commits) == 0 {
		return nil
	}
	var list strings.Builder
	for _, c := range commits {
		list.WriteString(string(c.ID))
		for _, p := range c.Parents {
			list.WriteString(" " + string(p))
		}
		list.WriteByte('\n')
	}
	var current ID
	var changes []Change
	seen := 0
	flush := func() error {
		if current == "" {
			return nil
		}
		seen++
		err := each(current, changes)
		changes = nil
		return err
	}
	return r.stream(ctx, strings.NewReader(list.String()), func(in io.Reader) error {
		err := rawChanges(in, func(c Change) error {
			if current == "" {
				return errors.New("git diff-tree gave a change of no commit")
			}
			changes = append(changes, c)
			return nil
		}, func(id ID) error {
			err := flush()
			current = id
			return err
		})
		if err == nil {
			err = flush()
		}
		if err == nil && seen != len(commits) {
			err = errors.New("git diff-tree left out a commit")
		}
		return err
	}, "diff-tree", "--stdin", "--always", "-r", "-c", "--root", "--raw", "-z", "--no-renames", "--no-relative", "--no-abbrev", "--ignore-submodules=none")
}

// ChangesFromEach hands each of the commits to each, in the order given, with what it changes in each of its parents;
// of a commit without parents everything.
func (r *Repo) ChangesFromEach(ctx context.Context, commits []Commit, each func(c Commit, diffs [][]Change) error) error {
	var pairs []Commit
	for _, c := range commits {
		if len(c.Parents) < 2 {
			pairs = append(pairs, c)
		}
		for _, p := range c.Parents {
			if len(c.Parents) > 1 {
				pairs = append(pairs, Commit{ID: c.ID, Parents: []ID{p}})
			}
		}
	}
	var diffs [][]Change
	next := 0
	return r.changesAgainst(ctx, pairs, func(_ ID, changes []Change) error {
		diffs = append(diffs, changes)
		c := commits[next]
		if len(diffs) < len(c.Parents) {
			return nil
		}
		list := diffs
		diffs, next = nil, next+1
		return each(c, list)
	})
}

// rawChanges reads the raw format of git's diffs, with -z. A record that is an id alone announces a commit.
func rawChanges(in io.Reader, each func(Change) error, commit func(ID) error) error {
	header := ""
	err := records(in, func(rec []byte) error {
		text := string(rec)
		switch {
		case header != "":
			c, err := rawChange(header, text)
			header = ""
			if err != nil {
				return err
			}
			return each(c)
		case strings.HasPrefix(text, ":"):
			header = text
			return nil
		case commit != nil && isID(text):
			return commit(ID(text))
		}
		return errors.New("git gave a change that is not understood")
	})
	if err == nil && header != "" {
		err = errTruncated
	}
	return err
}

// rawChange reads one change. That of a merge has a colon, a mode and an id for each parent: a path counts as new only
// if it is in none of them.
func rawChange(header, path string) (Change, error) {
	parents := len(header) - len(strings.TrimLeft(header, ":"))
	f := strings.Split(header[parents:], " ")
	if len(f) != 2*(parents+1)+1 {
		return Change{}, errors.New("git gave a change that is not understood")
	}
	modes, ids, status := f[:parents+1], f[parents+1:2*(parents+1)], f[2*(parents+1)]
	if strings.Contains(status, "U") {
		return Change{}, ErrUnmerged
	}
	c := Change{Path: path}
	var err error
	if c.New, err = entry(modes[parents], ids[parents], path); err != nil {
		return c, err
	}
	for i := range parents {
		if isZero(ids[i]) {
			continue
		}
		if c.Old, err = entry(modes[i], ids[i], path); err != nil {
			return c, err
		}
		break
	}
	return c, nil
}
