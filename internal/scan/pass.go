package scan

import "regexp"

// scan is the work on one file.
type scan struct {
	*catalog
	opts  *Options
	name  string
	file  *text
	found []candidate
	spans []span // ciphertext and public things of the file, in order
	seen  []bool // words that the file holds
	paths []int8 // of each rule: 0 not looked at, 1 the path fits, -1 it does not
	most  int
	full  bool // more candidates than most

	lineAllow lineMemo
}

type span struct{ start, end int }

// state is what a pass knows of a rule.
type state struct {
	windows []span
	hits    []span // of an anchored rule that waits for another word
	last    int    // where the last match of an anchored rule ended
	count   int    // matches
	runs    []span // where a run was last seen to end
	ready   bool   // a text for a kindSecret rule
	flag    span   // from where to where no -u comes, for a userFlag rule
}

// maxWindows is how many windows wait at most.
const maxWindows = 256

// pass looks at one text.
type pass struct {
	*scan
	t       *text
	states  []*state // of the rules that were met
	touched []uint16

	sealedEnd  int // up to here sealed secrets were looked for
	kubeEnd    int // up to here, and in kubeColumn, a Kubernetes Secret was read
	kubeColumn int
}

func (x *scan) run(t *text) {
	p := &pass{scan: x, t: t, states: make([]*state, len(x.rules))}
	a := x.auto
	classOf, next, classes, ending := &a.classOf, a.next, uint(a.classes), a.ending
	s := uint16(0)
	for i, b := range t.src {
		s = next[uint(s)*classes+uint(classOf[b])]
		if s < ending {
			continue
		}
		for _, w := range a.words[s-ending] {
			x.seen[w] = true
			for _, r := range x.uses[w] {
				p.hit(r, i+1-len(x.words[w]), i+1)
			}
		}
		if x.full {
			return
		}
	}
	for _, r := range p.touched {
		p.settle(r)
	}
	for _, r := range x.dense {
		if p.fits(r) && p.needed(r) {
			p.denseRuns(r)
		}
	}
	for _, r := range x.wholes {
		if !p.fits(r) {
			continue
		}
		if x.rules[r].code == codeEnv {
			p.env(r)
			continue
		}
		p.window(r, x.rules[r].re(), p.state(r), span{0, len(t.src)})
	}
}

// state returns what is known of rule r.
func (p *pass) state(r uint16) *state {
	if p.states[r] == nil {
		p.states[r] = new(state)
		p.touched = append(p.touched, r)
	}
	return p.states[r]
}

// hit is told of a word of rule r at [start, end).
func (p *pass) hit(r uint16, start, end int) {
	e, src := &p.rules[r], p.t.src
	if e.kind == native {
		if p.fits(r) {
			p.native(r, start, end)
		}
		return
	}
	if e.kind == anchored {
		if !operatorFollows(src, end, e) {
			return
		}
	} else if e.boundary && start > 0 && wordByte.has(src[start-1]) || e.least > 0 && !e.followed(src, end) {
		return
	}
	if !p.fits(r) {
		return
	}
	st := p.state(r)
	if st.count > p.most {
		return
	}
	if e.kind == anchored {
		if len(e.needs) > 0 {
			st.hits = append(st.hits, span{start, end})
		} else {
			p.anchoredHit(r, start, end)
		}
		return
	}
	if e.kind == userFlag && !p.userFlagFollows(st, end) {
		return
	}
	if e.kind == kindSecret && !st.ready {
		st.ready = secretFollows(src, end)
	}
	from, to := max(0, end-e.before-1), p.windowEnd(e, st, end)
	if n := len(st.windows); n > 0 && from <= st.windows[n-1].end {
		st.windows[n-1].end = max(st.windows[n-1].end, to)
		return
	}
	if len(st.windows) >= maxWindows && len(e.needs) == 0 && (e.kind != kindSecret || st.ready) {
		p.flush(r)
	}
	st.windows = append(st.windows, span{from, to})
}

// followed reports whether enough bytes of the right kind follow a word.
func (e *entry) followed(src []byte, end int) bool {
	if len(src)-end < e.least {
		return false
	}
	for _, b := range src[end : end+e.least] {
		if !e.follow.has(b) {
			return false
		}
	}
	return true
}

// windowEnd returns where a match with a word that ends at end must have ended.
func (p *pass) windowEnd(e *entry, st *state, end int) int {
	if e.kind == blockKey {
		return p.blockEnd(st, end)
	}
	src := p.t.src
	end += e.after
	if st.runs == nil && e.runs > 0 {
		st.runs = make([]span, e.runs)
	}
	for i := range e.runs {
		if end >= len(src) {
			break
		}
		known := &st.runs[i]
		if end < known.start || end >= known.end {
			j := end
			for j < len(src) && e.run.has(src[j]) {
				j++
			}
			*known = span{end, j}
		}
		end = known.end + e.after
	}
	return min(end, len(src))
}

// settle runs what waits of rule r.
func (p *pass) settle(r uint16) {
	if !p.needed(r) || p.rules[r].kind == kindSecret && !p.state(r).ready {
		return
	}
	for _, h := range p.state(r).hits {
		p.anchoredHit(r, h.start, h.end)
	}
	p.flush(r)
}

// flush runs the expression of rule r over its windows.
func (p *pass) flush(r uint16) {
	e, st := &p.rules[r], p.state(r)
	for _, w := range st.windows {
		p.window(r, e.re(), st, w)
	}
	st.windows = st.windows[:0]
}

func (p *pass) window(r uint16, re *regexp.Regexp, st *state, w span) {
	if p.full || st.count > p.most {
		return
	}
	for _, m := range re.FindAllIndex(p.t.src[w.start:w.end], p.most+1-st.count) {
		p.match(r, w.start+m[0], w.start+m[1], w.start+m[0])
	}
}

// anchoredHit runs the expression of an anchored rule at a word.
func (p *pass) anchoredHit(r uint16, start, end int) {
	e, st, src := &p.rules[r], p.state(r), p.t.src
	if start < st.last {
		return
	}
	m := e.re().FindIndex(src[start:p.windowEnd(e, st, end)])
	if m == nil {
		return
	}
	from := start
	for from > st.last && start-from < e.lead && nameByte.has(src[from-1]) {
		from--
	}
	st.last = start + m[1]
	p.match(r, from, st.last, start)
}

// denseRuns runs a dense rule.
func (p *pass) denseRuns(r uint16) {
	e, st, src := &p.rules[r], p.state(r), p.t.src
	for i := e.least - 1; i < len(src); i += e.least {
		if !e.follow.has(src[i]) {
			continue
		}
		lo, hi := i, i+1
		for lo > 0 && i-lo < e.least && e.follow.has(src[lo-1]) {
			lo--
		}
		for hi < len(src) && e.follow.has(src[hi]) {
			hi++
		}
		if hi-lo >= e.least {
			from, to := max(0, lo-e.before-1), min(len(src), hi+e.after)
			if n := len(st.windows); n > 0 && from <= st.windows[n-1].end {
				st.windows[n-1].end = max(st.windows[n-1].end, to)
			} else {
				if n >= maxWindows {
					p.flush(r)
				}
				st.windows = append(st.windows, span{from, to})
			}
		}
		i = max(i, hi-1)
	}
	p.flush(r)
}

// needed reports whether the file holds one of the words that rule r asks for.
func (p *pass) needed(r uint16) bool {
	needs := p.rules[r].needs
	for _, w := range needs {
		if p.seen[w] {
			return true
		}
	}
	return len(needs) == 0
}

// fits reports whether rule r is on and the file's path is one that it looks at.
func (x *scan) fits(r uint16) bool {
	if x.paths[r] == 0 {
		x.paths[r] = 1
		if x.opts.off(x.rules[r].id) || x.rules[r].rePath != nil && !x.rules[r].rePath().MatchString(x.name) {
			x.paths[r] = -1
		}
	}
	return x.paths[r] > 0
}
