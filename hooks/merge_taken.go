package hooks

import (
	"bytes"
	"context"
	"errors"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/policy"
)

// takenFor says why a file is judged that a merge has as one of its sides has it. Its content was judged on that side,
// or is old.
type takenFor uint8

const (
	dropsSeal    takenFor = 1 << iota // another side has encrypted it since they parted
	meetsRule                         // the merge's policy may demand more of it than that side's
	maybeRenamed                      // a file that another side has encrypted is gone
)

// fewTaken are looked at before the merge bases are asked for, where that takes a git.
const fewTaken = 100

// joined are the files that a merge took from one side, and that are judged. A deletion among the changes is that of an
// encrypted file.
type joined struct {
	changes []gitrepo.Change
	why     map[string]takenFor
	left    []gitrepo.Change // files that a side has, and the result does not
}

// into has a snapshot judged with them.
func (j *joined) into(snap *snapshot) {
	snap.taken, snap.left = without(j.why, snap.changes), j.left
	for _, c := range j.changes {
		if snap.taken[c.Path] != 0 {
			snap.changes = append(snap.changes, c)
		}
	}
}

// takenFiles finds the files to judge of those that a merge took from one side. diffs has for each side what the result
// changes in it.
func (y *jury) takenFiles(ctx context.Context, result gitrepo.Tree, m *merge, diffs [][]gitrepo.Change) (*joined, error) {
	t := &taking{jury: y, result: result, merge: m, joined: joined{why: map[string]takenFor{}}, lost: lostChanges(diffs)}
	if err := t.seals(ctx); err != nil {
		return nil, err
	}
	if changesPolicy(diffs) {
		if err := t.rules(ctx); err != nil {
			return nil, err
		}
	}
	t.left = leftOut(t.lost)
	return &t.joined, nil
}

// leftOut are the files that a side has and the result of a merge does not, as another side has not.
func leftOut(lost [][]gitrepo.Change) []gitrepo.Change {
	var out []gitrepo.Change
	seen := map[gitrepo.Entry]bool{}
	for _, list := range lost {
		for _, c := range list {
			if leaves(c) && !seen[c.Old] {
				seen[c.Old] = true
				out = append(out, c)
			}
		}
	}
	return out
}

type taking struct {
	joined
	jury   *jury
	result gitrepo.Tree
	merge  *merge
	lost   [][]gitrepo.Change
}

func (t *taking) add(c gitrepo.Change, why takenFor) {
	if t.why[c.Path] == 0 {
		t.changes = append(t.changes, c)
	}
	t.why[c.Path] |= why
}

// seals finds the files that a side has encrypted since the sides parted, and that the result has as another side has
// them, or not at all.
func (t *taking) seals(ctx context.Context) error {
	gone := false
	for side, list := range t.lost {
		few := len(list) <= fewTaken && !t.merge.atHand(side)
		for _, c := range list {
			if !c.Old.Mode.IsRegular() {
				continue
			}
			dropped, err := t.dropped(ctx, side, c.Old, few)
			if err != nil {
				return err
			}
			if dropped {
				t.add(c, dropsSeal)
				gone = gone || c.New.ID == ""
			}
		}
	}
	if !gone {
		return nil
	}
	for _, list := range t.lost {
		for _, c := range list {
			if c.Old.ID == "" && c.New.Mode.IsRegular() {
				t.add(c, maybeRenamed)
			}
		}
	}
	return nil
}

// dropped reports whether a side has encrypted a file since the sides parted.
func (t *taking) dropped(ctx context.Context, side int, e gitrepo.Entry, few bool) (bool, error) {
	changed := func() (bool, error) { return t.merge.changed(ctx, side, e) }
	sealed := func() (bool, error) { return t.jury.maybeSealed(ctx, t.result, e) }
	first, second := changed, sealed
	if few {
		first, second = sealed, changed
	}
	if ok, err := first(); !ok || err != nil {
		return false, err
	}
	return second()
}

// maybeSealed reports whether an older state of a file holds ciphertext. One that a partial clone does not have may.
func (y *jury) maybeSealed(ctx context.Context, t gitrepo.Tree, e gitrepo.Entry) (bool, error) {
	src, err := (&judge{ctx: ctx, snap: &snapshot{tree: t}, opts: y.opts}).oldBlob(e)
	if errors.Is(err, gitrepo.ErrMissing) {
		return true, nil
	}
	return bytes.Contains(src, []byte("ENC[AES256_GCM,")), err
}

// rules finds the files of which the result's policy may demand more than that of the side they are from, if that side
// changed them: it did not know the rule.
func (t *taking) rules(ctx context.Context) error {
	own := t.jury.resolver(ctx, t.result)
	sides := make([]*policy.Resolver, len(t.merge.parents))
	for i, tree := range t.merge.parents {
		sides[i] = t.jury.policies.NewResolver(tree.FS(ctx))
	}
	ask := &judged{judge: &judge{opts: t.jury.opts}}
	for _, list := range t.lost {
		for _, c := range list {
			if !c.New.Mode.IsRegular() || neverGoverned(c.Path) {
				continue
			}
			rule, err := ask.rule(own, c.Path)
			if err != nil && !isInvalid(err) {
				return err
			}
			if !demands(rule) {
				continue // an invalid policy is a finding of its own
			}
			more, err := t.demandsMore(ctx, ask, rule, sides, c.New)
			if err != nil {
				return err
			}
			if more {
				t.add(c, meetsRule)
			}
		}
	}
	return nil
}

func (t *taking) demandsMore(ctx context.Context, ask *judged, rule *policy.Rule, sides []*policy.Resolver, e gitrepo.Entry) (bool, error) {
	more := false
	for i, tree := range t.merge.parents {
		has, ok, err := tree.Lookup(ctx, e.Path)
		if err != nil {
			return false, err
		}
		if !ok || has.ID != e.ID {
			continue
		}
		theirs, err := ask.rule(sides[i], e.Path)
		if err != nil && !isInvalid(err) {
			return false, err
		}
		if sameRule(theirs, rule) {
			return false, nil // judged by it there, or older than it
		}
		changed, err := t.merge.changed(ctx, i, e)
		if err != nil {
			return false, err
		}
		more = more || changed
	}
	return more, nil
}
