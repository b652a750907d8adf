package hooks

import (
	"hash/maphash"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/copies"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// journal is what is remembered of the commits of a push that were judged, for those behind them and for the push as a
// whole.
type journal struct {
	seed    maphash.Seed
	judged  map[uint64]bool           // changes, hashed
	brought map[string]gitrepo.Commit // by path: the last commit that changed it
	found   map[findingKey]bool       // what was reported
	gone    []*copies.Shape           // encrypted files that went away and did not come back
	left    bool                      // some may have gone away, even if they came back
	sealed  bool                      // encrypted files were among what was judged
}

type findingKey struct {
	fingerprint, path string
	line              int
}

func newJournal() journal {
	return journal{seed: maphash.MakeSeed(), judged: map[uint64]bool{}, brought: map[string]gitrepo.Commit{}, found: map[findingKey]bool{}}
}

// note takes down a commit that was judged.
func (l *journal) note(c gitrepo.Commit, snap *snapshot, report *Report) {
	l.sealed = l.sealed || report.Sealed > 0
	for _, list := range [][]Finding{report.Findings, report.Accepted} {
		for _, f := range list {
			l.found[findingKey{f.Fingerprint, f.Path, f.Line}] = true
		}
	}
	for _, change := range snap.changes {
		l.brought[change.Path] = c
		if snap.taken[change.Path] == 0 {
			l.judged[maphash.Comparable(l.seed, change)] = true
		}
	}
}

// wasJudged reports whether a commit made just this change.
func (l *journal) wasJudged(c gitrepo.Change) bool { return l.judged[maphash.Comparable(l.seed, c)] }

// cameBack is for a path that holds a file again.
func (l *journal) cameBack(path string) {
	if len(l.gone) > 0 {
		l.gone = slices.DeleteFunc(slices.Clone(l.gone), func(g *copies.Shape) bool { return g.Path == path })
	}
}

// news leaves out what was reported of a commit.
func (l *journal) news(findings []Finding) []Finding {
	return slices.DeleteFunc(findings, func(f Finding) bool { return l.found[findingKey{f.Fingerprint, f.Path, f.Line}] })
}

// unjudged leaves out the changes that a commit made just so, unless what became of encrypted files matters to all of
// them. goes: others go away besides.
func (l *journal) unjudged(changes []gitrepo.Change, goes bool) []gitrepo.Change {
	comes := false
	for _, c := range changes {
		goes = goes || c.New.ID == "" && c.Old.Mode.IsRegular()
		comes = comes || c.Old.ID == ""
	}
	if l.sealed || goes && comes {
		return changes
	}
	return slices.DeleteFunc(changes, l.wasJudged)
}
