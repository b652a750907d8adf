package gitrepo

import (
	"container/heap"
	"slices"
)

// Graph is a part of a history. It finds merge bases without a git, where they show in that part.
type Graph struct {
	commits []Commit    // parents first
	at      map[ID]int  // where a commit stands among them
	edge    map[ID]bool // parents that are not among them
	has     ID
}

// NewGraph is the graph of what is sent.
func NewGraph(sent *Sent) *Graph {
	g := &Graph{commits: sent.Commits, at: make(map[ID]int, len(sent.Commits)), edge: map[ID]bool{}, has: sent.Has}
	for i, c := range g.commits {
		g.at[c.ID] = i
	}
	for _, c := range g.commits {
		for _, p := range c.Parents {
			if _, ok := g.at[p]; !ok {
				g.edge[p] = true
			}
		}
	}
	return g
}

// MergeBases is that of [Repo]; false if the graph does not tell.
func (g *Graph) MergeBases(a ID, others ...ID) ([]ID, bool) {
	w := &walk{graph: g, seen: map[ID]uint8{}}
	for i, id := range append([]ID{a}, others...) {
		if _, ok := g.at[id]; !ok && !g.edge[id] && (id != g.has || id == "") {
			return nil, false
		}
		w.reach(id, fromFirst<<min(i, 1))
	}
	return w.bases()
}

// By whom a commit is reached.
const (
	fromFirst uint8 = 1 << iota
	fromOthers
	belowBase // by a base: it is not a base itself
	fromBoth  = fromFirst | fromOthers
)

// walk goes from children to parents, as paint_down_to_common of git's commit-reach.c. No commit is looked at before
// all of its children.
type walk struct {
	graph *Graph
	seen  map[ID]uint8
	queue []int // positions
	open  int   // in queue, not below a base
	edge  []ID  // reached, and not in the graph
}

func (w *walk) Len() int           { return len(w.queue) }
func (w *walk) Less(i, j int) bool { return w.queue[i] > w.queue[j] }
func (w *walk) Swap(i, j int)      { w.queue[i], w.queue[j] = w.queue[j], w.queue[i] }
func (w *walk) Push(x any)         { w.queue = append(w.queue, x.(int)) }

func (w *walk) Pop() any {
	last := len(w.queue) - 1
	x := w.queue[last]
	w.queue = w.queue[:last]
	return x
}

func (w *walk) reach(id ID, by uint8) {
	before := w.seen[id]
	w.seen[id] = before | by
	at, in := w.graph.at[id]
	switch {
	case before == 0 && in:
		heap.Push(w, at)
	case before == 0:
		w.edge = append(w.edge, id)
	}
	if in {
		wasOpen, isOpen := before != 0 && before&belowBase == 0, (before|by)&belowBase == 0
		switch {
		case isOpen && !wasOpen:
			w.open++
		case wasOpen && !isOpen:
			w.open--
		}
	}
}

func (w *walk) bases() ([]ID, bool) {
	var found []ID
	openEdge := func() bool {
		return slices.ContainsFunc(w.edge, func(id ID) bool { return w.seen[id]&belowBase == 0 })
	}
	for len(w.queue) > 0 && (w.open > 0 || openEdge()) {
		c := w.graph.commits[heap.Pop(w).(int)]
		by := w.seen[c.ID]
		if by&belowBase == 0 {
			w.open--
		}
		if by&fromBoth == fromBoth {
			if by&belowBase == 0 {
				found = append(found, c.ID)
			}
			by |= belowBase
		}
		for _, p := range c.Parents {
			w.reach(p, by)
		}
	}
	return w.atEdge(found)
}

// atEdge looks at the commits where the graph ends. What lies behind them is not known, but that has descends from all
// of them.
func (w *walk) atEdge(found []ID) ([]ID, bool) {
	has := w.seen[w.graph.has] // none where that is not known
	if w.graph.has == "" {
		has = 0
	}
	var bases []ID
	first, others := true, true // is all that one side reaches here reached by the other?
	for _, id := range w.edge {
		by := w.seen[id]
		if has&fromFirst != 0 {
			by |= fromFirst
		}
		if has&fromOthers != 0 {
			by |= fromOthers
		}
		both := by&fromBoth == fromBoth
		first, others = first && (both || by&fromFirst == 0), others && (both || by&fromOthers == 0)
		if both && by&belowBase == 0 && (id == w.graph.has || has&fromBoth != fromBoth) && has&belowBase == 0 {
			bases = append(bases, id)
		}
	}
	switch {
	case !first && !others:
		return nil, false
	case len(bases) == 0:
		return found, true
	case len(bases) == 1 && len(found) == 0:
		return bases, true
	}
	return nil, false
}
