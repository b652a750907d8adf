package hooks

import (
	"context"
	"fmt"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/scan"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// CodeValue is a decrypted value of this repository that stands somewhere in the clear.
const CodeValue Code = "value"

// KnownValue is a value that this repository keeps encrypted.
type KnownValue struct {
	File    string // that holds it
	KeyPath string // as in set
	Value   []byte
}

// Search is what a scan looks for: credentials by their form, or values that are known.
type Search struct {
	known  []KnownValue
	values *scan.Values
}

// SearchLeaks looks for credentials, whatever the policies say.
func SearchLeaks() *Search { return &Search{} }

// SearchValues looks for values in every spelling: as they are, in base64, hex, JSON, URLs. Those that are too short or
// too common to tell anything are left out; ignored counts them.
func SearchValues(known []KnownValue) (s *Search, ignored int) {
	values := make([][]byte, len(known))
	for i, k := range known {
		values[i] = k.Value
	}
	v := scan.NewValues(values)
	return &Search{known: known, values: v}, len(v.Ignored())
}

// Worktree looks through the working tree, or the paths for which want is true.
func (s *Search) Worktree(ctx context.Context, repo *Repo, want func(string) bool, opts Options) (*Report, error) {
	tree, err := repo.git.Worktree(ctx)
	if err != nil {
		return nil, err
	}
	return s.tree(ctx, tree, want, undoEdits(ctx, repo.git), opts)
}

func (s *Search) tree(ctx context.Context, tree gitrepo.Tree, want func(string) bool, undo undoFunc, opts Options) (*Report, error) {
	entries, err := tree.Entries(ctx)
	if err != nil {
		return nil, err
	}
	return s.judge(ctx, &snapshot{tree: tree, changes: filter(asNew(entries), want), undo: undo}, opts)
}

func (s *Search) judge(ctx context.Context, snap *snapshot, opts Options) (*Report, error) {
	y := newJury(&opts)
	y.search = s
	return y.judge(ctx, snap)
}

// Staged looks through the files that the index changes.
func (s *Search) Staged(ctx context.Context, repo *Repo, opts Options) (*Report, error) {
	st, err := repo.stagedState(ctx, &StagedOptions{})
	if err != nil {
		return nil, err
	}
	return s.judge(ctx, st.snap, opts)
}

// Tree looks through every file of a commit.
func (s *Search) Tree(ctx context.Context, repo *Repo, rev string, opts Options) (*Report, error) {
	tree, _, err := repo.git.Commit(ctx, rev)
	if err != nil {
		return nil, err
	}
	return s.tree(ctx, tree, nil, nil, opts)
}

// History looks through every content that any ref has ever reached.
func (s *Search) History(ctx context.Context, repo *Repo, opts Options) (*Report, error) {
	y := newJury(&opts)
	y.search = s
	return y.history(ctx, repo.git)
}

// find looks through the content of one file.
func (f *judged) find(s *Search) error {
	if err := f.throughLFS(); err != nil || len(f.report.Findings) > 0 {
		return err
	}
	if s.values == nil {
		return f.scan()
	}
	if isArchive(f.src) {
		f.report.unseen(f.path, UnseenArchive)
	}
	type key struct {
		value, line int
	}
	seen := map[key]bool{}
	for _, hit := range s.values.Scan(f.src) {
		k := s.known[hit.Value]
		if seen[key{hit.Value, hit.Line}] {
			continue
		}
		seen[key{hit.Value, hit.Line}] = true
		form := ""
		if hit.Form != "raw" {
			form = ", as " + hit.Form + ","
		}
		finding := Finding{
			Code: CodeValue, Line: hit.Line, Column: hit.Column,
			Message: fmt.Sprintf("contains%s the value of %s of %s in plaintext: replace the value, it is not secret any more", form, k.KeyPath, text.Path(k.File)),
			Fix:     fmt.Sprintf("gitsecrets set %s %s --value-stdin", text.ShellPath(k.File), text.ShellPath(k.KeyPath)),
		}
		finding.Path = f.path
		finding.Fingerprint = fingerprint(finding)
		var err error
		if finding.Accepted, err = f.accept.accepts(f.ctx, f.path, string(CodeValue), finding.Fingerprint); err != nil {
			return err
		}
		f.add(finding)
	}
	return nil
}
