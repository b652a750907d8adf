package equivalence

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// class is a set of bytes; a rune beyond ASCII is all bytes from 0x80.
type class [4]uint64

func (c *class) add(b byte)      { c[b>>6] |= 1 << (b & 63) }
func (c *class) has(b byte) bool { return c[b>>6]>>(b&63)&1 == 1 }

func (c *class) union(o class) {
	for i := range c {
		c[i] |= o[i]
	}
}

func (c *class) size() int {
	n := 0
	for b := range 256 {
		if c.has(byte(b)) {
			n++
		}
	}
	return n
}

// folded reports whether r is one of the two letters beyond ASCII that fold to
// an ASCII one: the long s and the Kelvin sign. The table leaves them out.
func folded(r rune) bool { return r == '\u017f' || r == '\u212a' }

func (c *class) addRange(lo, hi rune) {
	if lo == hi && folded(lo) {
		return
	}
	for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
		c.add(byte(r))
	}
	if hi >= utf8.RuneSelf {
		c[2], c[3] = ^uint64(0), ^uint64(0)
	}
}

// shape is what a part of an expression can match, in bytes.
type shape struct {
	min, max int   // of the bounded part; a run without bound counts with its least length
	runs     int   // repetitions without bound
	run      class // what they repeat
	all      class // every byte that a match can hold
}

func (s *shape) then(o shape) {
	s.min += o.min
	s.max += o.max
	s.runs += o.runs
	s.run.union(o.run)
	s.all.union(o.all)
}

// width is the length of the longest rune of a class.
func width(ranges []rune) int {
	w := 1
	for i := 0; i < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if lo == hi && folded(hi) {
			continue
		}
		w = max(w, utf8.RuneLen(min(hi, unicode.MaxRune)))
	}
	return w
}

func measure(re *syntax.Regexp) shape {
	var s shape
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			s.min += utf8.RuneLen(r)
			s.max += utf8.RuneLen(r)
			s.all.addRange(r, r)
			if re.Flags&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					s.all.addRange(f, f)
				}
			}
		}
	case syntax.OpCharClass:
		s.min, s.max = 1, width(re.Rune)
		for i := 0; i < len(re.Rune); i += 2 {
			s.all.addRange(re.Rune[i], re.Rune[i+1])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		s.min, s.max = 1, utf8.UTFMax
		s.all.addRange(0, unicode.MaxRune)
		if re.Op == syntax.OpAnyCharNotNL {
			s.all[0] &^= 1 << '\n'
		}
	case syntax.OpCapture:
		return measure(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			s.then(measure(sub))
		}
	case syntax.OpAlternate:
		s.min = 1 << 30
		for _, sub := range re.Sub {
			m := measure(sub)
			s.min, s.max, s.runs = min(s.min, m.min), max(s.max, m.max), max(s.runs, m.runs)
			s.run.union(m.run)
			s.all.union(m.all)
		}
	case syntax.OpQuest:
		s = measure(re.Sub[0])
		s.min = 0
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		m := measure(re.Sub[0])
		least, most := re.Min, re.Max
		if re.Op != syntax.OpRepeat {
			least, most = 0, -1
			if re.Op == syntax.OpPlus {
				least = 1
			}
		}
		s.min = least * m.min
		s.max = max(least, most, 1) * m.max
		s.runs, s.run, s.all = max(least, most, 1)*m.runs, m.run, m.all
		if most < 0 {
			s.runs++
			s.run.union(m.all)
		}
	}
	return s
}

// exact lists in lower case all that re matches, nil if that is too much.
func exact(re *syntax.Regexp) []string {
	const most = 128
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCharClass:
		var all []string
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if r >= utf8.RuneSelf {
					if folded(r) {
						continue
					}
					return nil
				}
				all = append(all, strings.ToLower(string(r)))
				if len(all) > 8 {
					return nil
				}
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpQuest:
		if all := exact(re.Sub[0]); all != nil {
			return append([]string{""}, all...)
		}
	case syntax.OpConcat:
		all := []string{""}
		for _, sub := range re.Sub {
			if all = product(all, exact(sub)); all == nil || len(all) > most {
				return nil
			}
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			e := exact(sub)
			if e == nil {
				return nil
			}
			all = append(all, e...)
		}
		slices.Sort(all)
		if all = slices.Compact(all); len(all) <= most {
			return all
		}
	}
	return nil
}

func product(a, b []string) []string {
	if a == nil || b == nil {
		return nil
	}
	var all []string
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// anchoring says what every match holds, and where.
type anchoring struct {
	words  []string // in lower case; a match holds one of them
	before shape    // of what comes before its end, the word included
	after  shape    // of what comes after its end
	follow class    // the least bytes right after the word are of this class
	least  int

	runFirst bool
	boundary bool // a match begins with the word, at a word boundary
}

func shortest(words []string) int {
	n := 1 << 30
	for _, w := range words {
		n = min(n, len(w))
	}
	return n
}

// anchor looks for the best words of re.
func anchor(re *syntax.Regexp) (best anchoring, ok bool) {
	switch re.Op {
	case syntax.OpCapture:
		return anchor(re.Sub[0])
	case syntax.OpAlternate:
		return anchorConcat([]*syntax.Regexp{re}, 3)
	case syntax.OpPlus, syntax.OpRepeat:
		return anchoring{}, false
	case syntax.OpConcat:
		return anchorConcat(re.Sub, 3)
	}
	if words := exact(re); words != nil && shortest(words) >= 2 {
		return anchoring{words: words, before: measure(re)}, true
	}
	return anchoring{}, false
}

func either(a, b shape) shape {
	a.min, a.max, a.runs = min(a.min, b.min), max(a.max, b.max), max(a.runs, b.runs)
	a.run.union(b.run)
	a.all.union(b.all)
	return a
}

// anchorConcat tries each place of a concatenation, and splits it at its
// alternatives down to depth.
func anchorConcat(subs []*syntax.Regexp, depth int) (best anchoring, found bool) {
	subs = flat(subs)
	score := -1 << 30
	offer := func(a anchoring) {
		if shortest(a.words) < 2 {
			return
		}
		if n := min(shortest(a.words), 6)*10 + min(a.least, 16) - a.before.max/16; n > score {
			score, best, found = n, a, true
		}
	}
	for i := range subs {
		var before shape
		for _, sub := range subs[:i] {
			before.then(measure(sub))
		}
		if before.runs > 0 {
			break // the distance to the start of a match must have a bound
		}
		words, j := []string{""}, i
		for ; j < len(subs); j++ {
			longer := product(words, exact(subs[j]))
			if longer == nil || len(longer) > 128 || len(longer) > 8 && shortest(longer) == shortest(words) {
				break
			}
			words = longer
			before.then(measure(subs[j]))
		}
		if j > i {
			a := anchoring{words: words, before: before}
			a.boundary = i == 0 && subs[0].Op == syntax.OpWordBoundary && !slices.ContainsFunc(words, func(w string) bool { return w == "" || !wordByte(w[0]) })
			a.follow, a.least = following(subs[j:])
			for _, sub := range subs[j:] {
				a.after.then(measure(sub))
			}
			offer(a)
		}
	}
	for i, sub := range subs {
		if sub.Op != syntax.OpAlternate || depth == 0 {
			continue
		}
		var all anchoring
		ok := true
		for n, branch := range sub.Sub {
			one := append(append(slices.Clone(subs[:i]), branch), subs[i+1:]...)
			a, branchOK := anchorConcat(one, depth-1)
			if ok = ok && branchOK; !ok {
				break
			}
			if n == 0 {
				all = a
				continue
			}
			all.words = append(all.words, a.words...)
			all.before, all.after = either(all.before, a.before), either(all.after, a.after)
			all.follow.union(a.follow)
			all.least = min(all.least, a.least)
			all.boundary = all.boundary && a.boundary
		}
		if ok {
			slices.Sort(all.words)
			all.words = slices.Compact(all.words)
			offer(all)
		}
	}
	return best, found
}

// wordByte is what \b tells from the rest.
func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
}

// flat replaces groups and nested concatenations by what they hold.
func flat(subs []*syntax.Regexp) []*syntax.Regexp {
	var all []*syntax.Regexp
	for _, sub := range subs {
		switch sub.Op {
		case syntax.OpCapture, syntax.OpConcat:
			all = append(all, flat(sub.Sub)...)
		default:
			all = append(all, sub)
		}
	}
	return all
}

// following returns a class and how many bytes of it must come first.
func following(subs []*syntax.Regexp) (c class, least int) {
	for _, sub := range subs {
		for sub.Op == syntax.OpCapture {
			sub = sub.Sub[0]
		}
		if sub.Op == syntax.OpConcat {
			deep, n := following(sub.Sub)
			c.union(deep)
			return c, least + n
		}
		m := measure(sub)
		u := c
		u.union(m.all)
		if u.size() > 100 || m.min == 0 && u.size() > c.size() && least >= 8 {
			break
		}
		c, least = u, least+m.min
		if least >= 32 {
			break
		}
	}
	return c, least
}
