package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// RefUpdate is one ref that a push changes. Old is empty for one that is made, and New for one that is removed.
type RefUpdate struct {
	Ref      string // as the other side calls it
	Old, New ID
}

// ParseID reads an id. Zeros alone, which Git writes for none, give an empty one.
func ParseID(s string) (ID, error) {
	switch {
	case isZero(s):
		return "", nil
	case isID(s):
		return ID(s), nil
	}
	return "", errors.New("an object id is invalid")
}

// Commit is a commit and its parents, as Git shows them: a shallow clone has commits whose parents are not there, and
// are not shown.
type Commit struct {
	ID      ID
	Parents []ID
}

// Sent is what a push adds to the other side.
type Sent struct {
	Commits []Commit // parents first
	// Has descends from all parents that are not sent, or is the only one; empty if no such commit is known.
	Has ID
	// Refs are the refs that shall name a commit, each with that commit.
	Refs []SentRef
	// Objects are blobs and trees that a ref names itself, or through a tag.
	Objects []SentObject
}

// SentRef is a ref that a push makes or moves.
type SentRef struct {
	RefUpdate
	Commit ID // that New names, itself or through tags
}

// SentObject is a blob or a tree that a ref names.
type SentObject struct {
	Ref  string
	Kind string // "blob" or "tree"
	ID   ID
}

// Outgoing finds what a push sends that the remote lacks. What the remote has is known by the old ids that Git names,
// and by those that vouch for it. Of either those count that are here.
func (r *Repo) Outgoing(ctx context.Context, updates []RefUpdate, vouch []ID) (*Sent, error) {
	all := vouch[:len(vouch):len(vouch)]
	for _, u := range updates {
		if u.Old != "" {
			all = append(all, u.Old)
		}
	}
	var has []ID
	commits := true
	for _, id := range all {
		if !isID(string(id)) {
			return nil, fmt.Errorf("%q vouches for a push but is not an object id", id)
		}
		if slices.Contains(has, id) {
			continue
		}
		if _, kind, _, err := r.kind(ctx, string(id)); err == nil {
			has, commits = append(has, id), commits && kind == "commit"
		} else if !errors.Is(err, ErrMissing) {
			return nil, err
		}
	}
	s, err := r.sent(ctx, updates, has)
	if err == nil && len(has) == 1 && commits {
		s.Has = has[0]
	}
	return s, err
}

// Received finds what a push has brought to a server that no ref of it reaches yet. In a pre-receive hook the new
// objects are in quarantine, which git finds by its environment.
func (r *Repo) Received(ctx context.Context, updates []RefUpdate) (*Sent, error) {
	return r.sent(ctx, updates, nil, "--not", "--all")
}

func (r *Repo) sent(ctx context.Context, updates []RefUpdate, has []ID, args ...string) (*Sent, error) {
	s := &Sent{}
	var list strings.Builder
	for _, u := range updates {
		if u.New == "" {
			continue // a deletion sends nothing
		}
		id, kind, _, err := r.kind(ctx, string(u.New)+"^{}")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", Short(u.New), err)
		}
		if kind != "commit" {
			s.Objects = append(s.Objects, SentObject{Ref: u.Ref, Kind: kind, ID: id})
			continue
		}
		s.Refs = append(s.Refs, SentRef{u, id})
		list.WriteString(string(id) + "\n")
	}
	if list.Len() == 0 {
		return s, nil
	}
	for _, id := range has {
		list.WriteString("^" + string(id) + "\n")
	}
	var err error
	s.Commits, err = r.revList(ctx, list.String(), append([]string{"--stdin"}, args...)...)
	return s, err
}

func (r *Repo) revList(ctx context.Context, stdin string, args ...string) ([]Commit, error) {
	out, err := r.run(ctx, strings.NewReader(stdin), append([]string{"rev-list", "--topo-order", "--reverse", "--parents"}, args...)...)
	if err != nil {
		return nil, err
	}
	var commits []Commit
	for line := range bytes.Lines(out) {
		text, whole := strings.CutSuffix(string(line), "\n")
		if !whole {
			return nil, errTruncated
		}
		ids, err := idList(text)
		if err != nil {
			return nil, fmt.Errorf("git rev-list: %w", err)
		}
		commits = append(commits, Commit{ids[0], ids[1:]})
	}
	return commits, nil
}

// idList reads ids with blanks between them: one at least.
func idList(text string) ([]ID, error) {
	var ids []ID
	for id := range strings.SplitSeq(text, " ") {
		if !isID(id) {
			return nil, errors.New("gave an invalid object id")
		}
		ids = append(ids, ID(id))
	}
	return ids, nil
}

// Parents lists the parents of a commit.
func (r *Repo) Parents(ctx context.Context, commit ID) ([]ID, error) {
	data, _, err := r.object(ctx, string(commit), "commit", maxTree)
	if err != nil {
		return nil, err
	}
	var out []ID
	for line := range bytes.Lines(data) {
		text := strings.TrimSuffix(string(line), "\n")
		if text == "" {
			break
		}
		if id, ok := strings.CutPrefix(text, "parent "); ok {
			if !isID(id) {
				return nil, fmt.Errorf("commit %s is damaged", Short(commit))
			}
			out = append(out, ID(id))
		}
	}
	return out, nil
}

// Peel follows tags to a commit; false for what leads to none, or to one that is not here.
func (r *Repo) Peel(ctx context.Context, id ID) (ID, bool, error) {
	commit, _, _, err := r.kind(ctx, string(id)+"^{commit}")
	if errors.Is(err, ErrMissing) {
		return "", false, nil
	}
	return commit, err == nil, err
}

// MergeHeads lists the commits that a merge in progress brings in besides HEAD.
func (r *Repo) MergeHeads(ctx context.Context) ([]ID, error) {
	first, _, _, err := r.kind(ctx, "MERGE_HEAD")
	if errors.Is(err, ErrMissing) {
		return nil, nil
	}
	if err == nil {
		err = r.Locate(ctx)
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(r.place.gitDir, "MERGE_HEAD"))
	if err != nil { // a ref of that name
		return []ID{first}, nil
	}
	var out []ID
	for line := range strings.Lines(string(text)) {
		id := strings.TrimSpace(line)
		if !isID(id) {
			return nil, errors.New("MERGE_HEAD is damaged")
		}
		out = append(out, ID(id))
	}
	return out, nil
}
