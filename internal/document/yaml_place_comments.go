package document

import (
	"slices"
	"strings"
)

// keepComments says where the comments of the tree stand. What comments the
// library dropped within a map or list it puts there; the others it notes as
// losses and strays.
func (r *yamlReader) keepComments(d *Document, c *yamlCover) {
	r.losses.steps = nil
	if c.lost && len(c.strays) > 0 {
		r.losses.add(Changed, c.strays[len(c.strays)-1].Pos, "the text from here on cannot be understood for certain, so a comment could be dropped")
		return
	}
	lost := r.placeComments(c.found)
	if len(lost) == 0 {
		return
	}
	collections := map[Pos]*Node{}
	for _, root := range d.Roots {
		collectBlocks(root, collections)
	}
	kept := map[*Node][]*Node{}
	for _, l := range lost {
		if at := collections[l.in]; at != nil {
			kept[at] = append(kept[at], &Node{Kind: Comment, Text: l.text, Pos: l.pos})
			continue
		}
		r.losses.add(Changed, l.pos, droppedComment)
		c.strays = append(c.strays, Stray{l.pos, droppedComment})
	}
	for at, comments := range kept {
		at.Items = mergeComments(at.Items, comments)
	}
	slices.SortStableFunc(r.losses.list, func(a, b LossAt) int { return comparePos(a.Pos, b.Pos) })
}

const droppedComment = "there is a comment where YAML's readers drop it"

// placeComments finds each comment of the tree in the source, and returns the
// others. Of those with equal text it takes the library to have lost the ones
// that it is known to lose.
func (r *yamlReader) placeComments(found []foundComment) (lost []foundComment) {
	missing := map[string]int{}
	for _, c := range found {
		missing[commentKey(c.text)]++
	}
	for text, nodes := range r.given {
		missing[text] -= len(nodes)
	}
	known := map[string]int{} // how many of the missing are of the known kind
	for _, c := range found {
		if key := commentKey(c.text); c.first && known[key] < missing[key] {
			known[key]++
		}
	}
	for _, c := range found {
		key := commentKey(c.text)
		isLost := missing[key] > known[key]
		if c.first {
			isLost = known[key] > 0
		}
		switch nodes := r.given[key]; {
		case isLost:
			missing[key]--
			if c.first {
				known[key]--
			}
			lost = append(lost, c)
		case len(nodes) > 0:
			nodes[0].Pos, r.given[key] = c.pos, nodes[1:]
		}
	}
	return lost
}

// commentKey is a comment's text as far as two readers agree on it.
func commentKey(text string) string { return strings.TrimRight(text, " \t\r") }

// collectBlocks notes where the maps and lists of a tree begin.
func collectBlocks(n *Node, at map[Pos]*Node) {
	at[n.Pos] = n
	for _, item := range n.Items {
		if item.Kind == Map || item.Kind == List {
			collectBlocks(item, at)
		}
	}
}

// mergeComments puts comments, in the order of the source, before those items
// that stand behind them.
func mergeComments(items, comments []*Node) []*Node {
	out := make([]*Node, 0, len(items)+len(comments))
	kept := 0 // comments of items stay before what they stand before
	for i, item := range items {
		if item.Kind == Comment {
			continue
		}
		for len(comments) > 0 && comparePos(comments[0].Pos, topOf(item)) < 0 {
			out, comments = append(out, comments[0]), comments[1:]
		}
		out = append(out, items[kept:i+1]...)
		kept = i + 1
	}
	out = append(out, items[kept:]...)
	return append(out, comments...)
}

// topOf is where an item begins.
func topOf(n *Node) Pos {
	if n.KeyPos.Line > 0 {
		return n.KeyPos
	}
	return n.Pos
}

func comparePos(a, b Pos) int {
	if a.Line != b.Line {
		return int(a.Line) - int(b.Line)
	}
	return int(a.Col) - int(b.Col)
}
