package hooks

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// plan says who has a say in what a push sends. Its commits are judged together: by what the other side has and they
// build on, by what their refs named before, and by where those end.
type plan struct {
	refs    []*refPlan
	commits []gitrepo.Commit
	reach   map[gitrepo.ID]refSet // by which of refs a commit is reached
	scopes  map[string]*scope     // by refSet
	firm    gitrepo.Tree
}

// refPlan is one ref that a push makes or moves.
type refPlan struct {
	tip   gitrepo.Commit
	count int // commits that are sent for it
	// edge are the parents of those that are not sent: the other side has them.
	edge []gitrepo.ID
	// held are those of them that no other descends from. What is sent for the ref is as a whole what a merge of them
	// would be, with a change of its own.
	held     []gitrepo.ID
	old, end gitrepo.Tree // what it named before, if that is here, and what it shall name
	// changes are what its commit changes in each of its parents, if that is a merge.
	changes [][]gitrepo.Change
}

// refSet holds the numbers of refs.
type refSet []uint64

func (s refSet) add(other refSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

func (s refSet) has(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

func (s refSet) key() string {
	var b []byte
	for _, word := range s {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return string(b)
}

// scope is who has a say in a commit.
type scope struct {
	bases       []gitrepo.Tree
	held, newer []former
}

// plan makes the plan of a push.
func (d *series) plan(ctx context.Context, sent *gitrepo.Sent) (*plan, error) {
	p := &plan{commits: sent.Commits, reach: map[gitrepo.ID]refSet{}, scopes: map[string]*scope{}, firm: d.firm}
	index := make(map[gitrepo.ID]int, len(sent.Commits))
	for i, c := range sent.Commits {
		index[c.ID] = i
	}
	tips := map[gitrepo.ID][]*refPlan{}
	for _, ref := range sent.Refs {
		i, ok := index[ref.Commit]
		if !ok {
			continue // the other side has all of it
		}
		old, _, err := d.held(ctx, ref.Old)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(tips[ref.Commit], func(r *refPlan) bool { return r.old == old }) {
			continue
		}
		r := &refPlan{tip: sent.Commits[i], old: old}
		if r.end, err = d.keep(ctx, ref.Commit); err != nil {
			return nil, err
		}
		tips[ref.Commit] = append(tips[ref.Commit], r)
		p.refs = append(p.refs, r)
	}
	p.spread()
	for _, r := range p.refs {
		if slices.Contains(r.edge, sent.Has) {
			r.held = []gitrepo.ID{sent.Has}
			continue
		}
		held, err := d.repo.Independent(ctx, r.edge)
		if err != nil {
			return nil, err
		}
		r.held = held
	}
	d.ancestry.graph = gitrepo.NewGraph(sent)
	return p, nil
}

// spread finds out which refs reach a commit, and where each leaves what is sent.
func (p *plan) spread() {
	words := (len(p.refs) + 63) / 64
	at := func(id gitrepo.ID) refSet {
		if p.reach[id] == nil {
			p.reach[id] = make(refSet, words)
		}
		return p.reach[id]
	}
	for n, r := range p.refs {
		at(r.tip.ID)[n/64] |= 1 << (n % 64)
	}
	isSent := make(map[gitrepo.ID]bool, len(p.commits))
	for _, c := range p.commits {
		isSent[c.ID] = true
	}
	for _, c := range slices.Backward(p.commits) {
		set := at(c.ID)
		for n, r := range p.refs {
			if set.has(n) {
				r.count++
			}
		}
		for _, parent := range c.Parents {
			at(parent).add(set)
		}
	}
	for _, c := range p.commits {
		for _, parent := range c.Parents {
			if isSent[parent] {
				continue
			}
			isSent[parent] = true // once
			for n, r := range p.refs {
				if p.reach[parent].has(n) {
					r.edge = append(r.edge, parent)
				}
			}
		}
	}
}

// single reports whether nothing can be known of the whole that is not known of its one commit.
func (p *plan) single() bool { return len(p.commits) == 1 }

// base is what the first ref was before, nil if there was nothing.
func (p *plan) base(ctx context.Context, d *series) (gitrepo.Tree, error) {
	for _, r := range p.refs {
		if r.old != nil {
			return r.old, nil
		}
		if len(r.held) > 0 {
			return d.keep(ctx, r.held[0])
		}
	}
	return nil, nil
}

// scope finds who has a say in a commit.
func (p *plan) scope(ctx context.Context, d *series, id gitrepo.ID) (*scope, error) {
	key := p.reach[id].key()
	if s := p.scopes[key]; s != nil {
		return s, nil
	}
	s := &scope{}
	add := func(t gitrepo.Tree) {
		if t != nil && !slices.Contains(s.bases, t) {
			s.bases = append(s.bases, t)
		}
	}
	add(p.firm)
	several := false
	for n, r := range p.refs {
		if !p.reach[id].has(n) {
			continue
		}
		for _, h := range r.held {
			t, err := d.keep(ctx, h)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(s.held, func(h former) bool { return h.tree == t }) {
				s.held = append(s.held, former{t, d.jury.resolver(ctx, t)})
			}
			add(t)
		}
		add(r.old)
		add(r.end)
		several = several || len(r.edge) > 1 || r.old != nil && !slices.Contains(r.edge, gitrepo.CommitOf(r.old))
	}
	if several || len(s.held) > 1 {
		var err error
		if s.newer, err = d.newer(ctx, s.held); err != nil {
			return nil, err
		}
	}
	p.scopes[key] = s
	return s, nil
}

// newer chooses the states whose policies may supersede older ones: those of the trunk, since what a side branch says
// of itself does not count for others. Where no trunk is known all count, unless the verdict is enforced.
func (d *series) newer(ctx context.Context, held []former) ([]former, error) {
	switch {
	case d.trunk == nil && d.enforced:
		return nil, nil
	case d.trunk == nil:
		return held, nil
	}
	var out []former
	for _, h := range held {
		forks, err := d.ancestry.forks(ctx, h.tree, d.trunk)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(forks, func(f former) bool { return gitrepo.CommitOf(f.tree) == gitrepo.CommitOf(h.tree) }) {
			out = append(out, h)
		}
	}
	return out, nil
}

// speaks gives those who have a say in a commit a say in a snapshot of it.
func (p *plan) speaks(ctx context.Context, d *series, snap *snapshot, id gitrepo.ID) error {
	s, err := p.scope(ctx, d, id)
	if err != nil {
		return err
	}
	bases := s.bases[:len(s.bases):len(s.bases)]
	for _, t := range snap.bases {
		if !slices.Contains(bases, t) {
			bases = append(bases, t)
		}
	}
	snap.bases, snap.held, snap.newer, snap.firm, snap.together = bases, s.held, s.newer, p.firm, true
	return nil
}

// all are the states of all refs.
func (p *plan) all() []gitrepo.Tree {
	var out []gitrepo.Tree
	for _, t := range append([]gitrepo.Tree{p.firm}, p.ends()...) {
		if t != nil && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (p *plan) ends() []gitrepo.Tree {
	var out []gitrepo.Tree
	for _, r := range p.refs {
		out = append(out, r.old, r.end)
	}
	return out
}

// keep keeps what a merge changes in each of its parents, if a ref ends there.
func (p *plan) keep(id gitrepo.ID, diffs [][]gitrepo.Change) {
	for _, r := range p.refs {
		if r.tip.ID == id {
			r.changes = diffs
		}
	}
}
