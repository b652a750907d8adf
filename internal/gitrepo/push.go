package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// RefUpdate is one ref that a push changes. An empty id stands for the zeros
// of one that is made or removed.
type RefUpdate struct {
	LocalRef, RemoteRef string
	New, Old            ID
}

// maxUpdates bounds the refs of one push.
const maxUpdates = 1 << 20

// ParsePrePush reads what Git tells a pre-push hook: local ref, local id,
// remote ref, remote id. The local ref may be any expression, as HEAD~0.
func ParsePrePush(in io.Reader) ([]RefUpdate, error) {
	return parseUpdates(in, func(line string) (RefUpdate, bool) {
		f := strings.Split(line, " ")
		n := len(f)
		if n < 4 {
			return RefUpdate{}, false
		}
		u := RefUpdate{LocalRef: strings.Join(f[:n-3], " "), RemoteRef: f[n-2]}
		return u, u.ids(f[n-3], f[n-1])
	})
}

// ParsePreReceive reads what Git tells a pre-receive hook: old id, new id, ref.
func ParsePreReceive(in io.Reader) ([]RefUpdate, error) {
	return parseUpdates(in, func(line string) (RefUpdate, bool) {
		f := strings.SplitN(line, " ", 3)
		if len(f) < 3 || f[2] == "" {
			return RefUpdate{}, false
		}
		u := RefUpdate{LocalRef: f[2], RemoteRef: f[2]}
		return u, u.ids(f[1], f[0])
	})
}

// NewUpdate makes the update that an update hook is told of by its arguments.
func NewUpdate(ref, oldID, newID string) (RefUpdate, error) {
	u := RefUpdate{LocalRef: ref, RemoteRef: ref}
	if !u.ids(newID, oldID) {
		return u, errors.New("an object id is invalid")
	}
	return u, nil
}

func (u *RefUpdate) ids(newID, oldID string) bool {
	if !isZero(newID) {
		u.New = ID(newID)
	}
	if !isZero(oldID) {
		u.Old = ID(oldID)
	}
	return (u.New == "" || isID(newID)) && (u.Old == "" || isID(oldID))
}

func parseUpdates(in io.Reader, parse func(string) (RefUpdate, bool)) ([]RefUpdate, error) {
	var out []RefUpdate
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	for lines.Scan() {
		u, ok := parse(lines.Text())
		if !ok || len(out) == maxUpdates {
			return nil, fmt.Errorf("line %d of what Git says of the push is not understood", len(out)+1)
		}
		out = append(out, u)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("what Git says of the push cannot be read: %w", err)
	}
	return out, nil
}

// Commit is a commit and its parents, as Git shows them: a shallow clone has
// commits whose parents are not there, and are not shown.
type Commit struct {
	ID      ID
	Parents []ID
}

// Sent is what a push adds to the other side.
type Sent struct {
	Commits []Commit // parents first
	// Has descends from all parents that are not sent, or is the only one; empty
	// if no such commit is known.
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

// Outgoing finds what a push sends that the remote lacks. What the remote has
// is known by the old ids that Git names, and by those that vouch for it. Of
// either those count that are here.
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
			return nil, fmt.Errorf("%q vouches for a push and is no object id", id)
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

// Received finds what a push has brought to a server that no ref of it reaches
// yet. In a pre-receive hook the new objects are in quarantine, which git finds by its environment.
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
			s.Objects = append(s.Objects, SentObject{Ref: u.RemoteRef, Kind: kind, ID: id})
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

// Peel follows tags to a commit; false for what leads to none, or to one that
// is not here.
func (r *Repo) Peel(ctx context.Context, id ID) (ID, bool, error) {
	commit, _, _, err := r.kind(ctx, string(id)+"^{commit}")
	if errors.Is(err, ErrMissing) {
		return "", false, nil
	}
	return commit, err == nil, err
}

// MergeHeads lists the commits that a merge in progress brings in besides
// HEAD.
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
