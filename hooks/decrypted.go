package hooks

import (
	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/policy"
)

// opens reports whether the change itself has a file in the clear that was encrypted before.
func (f *judged) opens() (bool, error) {
	if f.snap.merge != nil {
		return f.mergeOpens(f.snap.merge)
	}
	if f.cameBack() {
		return true, nil
	}
	return f.sealedAs(f.old)
}

// cameBack reports whether an encrypted file of this path went away earlier in the same push.
func (f *judged) cameBack() bool {
	for _, l := range f.snap.gone {
		if l.Path == f.path {
			return true
		}
	}
	return false
}

// mergeOpens judges three ways. What a side had encrypted when the sides parted, and another one has in the clear, was
// opened there, and judged there. Otherwise the merge drops what a side has encrypted since, or opens what nobody else
// has.
func (f *judged) mergeOpens(m *merge) (bool, error) {
	var sealedBy []int
	plain := false
	for i, t := range m.parents {
		e, ok, err := t.Lookup(f.ctx, f.path)
		if err != nil {
			return false, err
		}
		if !ok || !e.Mode.IsRegular() {
			continue
		}
		sealed, err := f.sealedAs(e)
		if err != nil {
			return false, err
		}
		if sealed {
			sealedBy = append(sealedBy, i)
		} else {
			plain = true
		}
	}
	for _, side := range sealedBy {
		was := false
		forks, err := m.forks(f.ctx, side)
		if err != nil {
			return false, err
		}
		for _, fork := range forks {
			e, ok, err := fork.tree.Lookup(f.ctx, f.path)
			if err != nil {
				return false, err
			}
			if ok && !was {
				if was, err = f.sealedAs(e); err != nil {
					return false, err
				}
			}
		}
		if !was || !plain {
			return true, nil
		}
	}
	return false, nil
}

// sealedAs reports whether an older entry of the file was encrypted.
func (f *judged) sealedAs(e gitrepo.Entry) (bool, error) {
	if e.ID == "" || !e.Mode.IsRegular() {
		return false, nil
	}
	return f.isSealedBlob(e)
}

// mayOpen reports whether a file that was encrypted may be plaintext: the policy releases it, or it was narrowed first,
// so that every state that has a say leaves the file in the clear, and an older one did not. Where no policy ever took
// the file, nobody has said that it may.
func (f *judged) mayOpen() (bool, error) {
	released, err := f.released()
	if released || err != nil {
		return released, err
	}
	if len(f.bases) == 0 || f.snap.together && len(f.snap.held) == 0 {
		return false, nil
	}
	all := []*policy.Resolver{f.own}
	for i, r := range f.bases {
		over, err := f.superseded(i, r)
		if err != nil {
			return false, err
		}
		if !over {
			all = append(all, r)
		}
	}
	for _, r := range all {
		if plain, err := f.leavesPlain(r); !plain || err != nil {
			return false, err
		}
	}
	if f.snap.ancestry == nil {
		return false, nil
	}
	past := f.snap.bases
	if f.snap.together {
		past = nil
		for _, h := range f.snap.held {
			past = append(past, h.tree)
		}
	}
	for _, t := range past {
		once, err := f.snap.ancestry.onceTaken(f.ctx, t, f.path, f.takes)
		if once || err != nil {
			return once, err
		}
	}
	return false, nil
}

// released reports whether the policy that accepts findings releases the file.
func (f *judged) released() (bool, error) {
	if f.accept == nil {
		return false, nil
	}
	return f.accept.releases(f.ctx, f.path)
}

// leavesPlain reports whether a policy speaks for the file and has nothing in it encrypted.
func (f *judged) leavesPlain(r *policy.Resolver) (bool, error) {
	p, _, err := r.Policy(validName(f.path))
	if err == nil && p != nil {
		var takes bool
		takes, err = f.takes(r)
		return !takes, err
	}
	if err != nil && !isInvalid(err) {
		return false, err
	}
	return false, nil
}

// takes reports whether a policy encrypts anything in the file, also by a rule without a path_regex.
func (f *judged) takes(r *policy.Resolver) (bool, error) {
	rule, err := f.rule(r, f.path)
	if err != nil && !isInvalid(err) {
		return false, err
	}
	if rule == nil {
		return false, nil
	}
	places, bad := f.plainPlaces(rule)
	return bad != nil || len(places) > 0, nil
}

// superseded reports whether what a state's policy says of the file was replaced on another branch that counts: both
// come from states that said the same, and there it was changed since. r is the policy of the state i of those that
// have a say.
func (f *judged) superseded(i int, r *policy.Resolver) (bool, error) {
	if len(f.snap.newer) == 0 || f.snap.bases[i] == f.snap.firm {
		return false, nil
	}
	mine, err := f.rule(r, f.path)
	if err != nil {
		if isInvalid(err) {
			err = nil
		}
		return false, err
	}
	for _, h := range f.snap.newer {
		if h.tree == f.snap.bases[i] {
			continue
		}
		theirs, err := f.rule(h.rules, f.path)
		if err != nil {
			if isInvalid(err) {
				continue
			}
			return false, err
		}
		if equalRule(theirs, mine) {
			continue
		}
		forks, err := f.snap.ancestry.forks(f.ctx, f.snap.bases[i], h.tree)
		if err != nil {
			return false, err
		}
		unchanged := len(forks) > 0
		for _, fork := range forks {
			then, err := f.rule(fork.rules, f.path)
			if err != nil && !isInvalid(err) {
				return false, err
			}
			unchanged = unchanged && err == nil && equalRule(then, mine)
		}
		if unchanged {
			return true, nil
		}
	}
	return false, nil
}

// equalRule is sameRule for rules that need not be there.
func equalRule(a, b *policy.Rule) bool { return a == nil && b == nil || sameRule(a, b) }

// takenFile judges a file that a merge has as one of its sides has it, by what the merge itself makes of it.
func (f *judged) takenFile(why takenFor) error {
	if f.isPolicy() {
		return nil
	}
	if !f.entry.Mode.IsRegular() {
		return f.replaced("a symbolic link")
	}
	own, err := f.rule(f.own, f.path)
	if err != nil && !isInvalid(err) {
		return err
	}
	s, err := encrypt.Parse(encrypt.FileAt(f.path), f.src)
	if err == nil {
		if why&meetsRule != 0 && demands(own) {
			f.problems(s.CheckValues(own), own)
		}
		return nil
	}
	if why&dropsSeal != 0 {
		if refused, err := f.regresses(); refused || err != nil {
			return err
		}
	}
	if why&meetsRule != 0 && demands(own) && f.plaintext(own) {
		return nil
	}
	if why&maybeRenamed != 0 {
		_, err = f.moved()
		return err
	}
	return nil
}
