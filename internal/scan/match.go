package scan

import (
	"bytes"
	"strings"
)

// candidate is a finding that may yet give way to another one.
type candidate struct {
	rule       uint16
	start, end int // the secret, in the file
	lo, hi     int // the match, in the file
	line       int // of the match, from 0
	decoded    string
	secret     []byte // as it was found, decoded
	named      bool   // found in the name of the file
}

// match judges a match of rule r at [lo, hi) of the text. The expression that
// finds the secret within it begins at core.
func (p *pass) match(r uint16, lo, hi, core int) {
	e, st, src := &p.rules[r], p.state(r), p.t.src
	st.count++
	line := lo
	// What gitleaks does to a match: line breaks at its ends go, then the
	// groups are looked up in what is left.
	for hi > lo && src[hi-1] == '\n' {
		hi--
	}
	for lo < hi && src[lo] == '\n' {
		lo++
	}
	core = max(core, lo)
	if hi <= core || !p.t.covers(lo, hi) {
		return
	}
	start, end := lo, hi
	if m := e.re().FindSubmatchIndex(src[core:hi]); m != nil {
		if g := secretGroup(m, e.group); g >= 0 {
			start, end = core+m[2*g], core+m[2*g+1]
			if m[2*g] < 0 {
				start, end = core, core
			}
		}
	}
	secret := src[start:end]
	if e.value && !valueLike(secret) {
		return
	}
	if e.entropy != 0 && entropy(secret) <= e.entropy {
		return
	}
	if p.taken(p.allow, secret, lo, hi) || p.taken(e.allow, secret, lo, hi) {
		return
	}
	p.add(r, start, end, line, hi)
}

// secretGroup returns the group that holds the secret, -1 for the whole match.
func secretGroup(m []int, group int) int {
	if group > 0 {
		return group
	}
	for g := 1; 2*g < len(m); g++ {
		if m[2*g] >= 0 && m[2*g+1] > m[2*g] {
			return g
		}
	}
	return -1
}

// add takes a finding: the secret at [start, end) of the text, its match from
// lo to hi.
func (p *pass) add(r uint16, start, end, lo, hi int) {
	if p.full || public(p.t.src[start:end]) || p.t.pieces != nil && p.t.inCiphertext(start, end) {
		return
	}
	c := candidate{rule: r, secret: p.t.src[start:end]}
	c.start, c.end, c.decoded = p.t.origin(start, end)
	c.lo, c.hi, _ = p.t.origin(min(lo, start), max(hi, end))
	c.line, _ = p.file.index().at(c.lo)
	if p.t.pieces != nil {
		c.secret = bytes.Clone(c.secret) // the decoded text can go
		if c.decoded == "" {
			_, _, c.decoded = p.t.origin(lo, hi)
		}
		// Seen before it was decoded, or with less of it decoded.
		for i := range p.found {
			if f := &p.found[i]; f.rule == r && f.lo < c.hi && c.lo < f.hi && f.decoded != c.decoded {
				return
			}
		}
	} else if p.covered(c.start, c.end) {
		return
	}
	p.found = append(p.found, c)
	p.full = len(p.found) > p.most
}

// lineMemo keeps what an allowance said of a line, for lines with many matches.
type lineMemo struct {
	allowance  *allowanceEntry
	src        *byte
	start, end int
	taken      bool
}

// taken reports whether one of the allowances takes the finding back.
func (p *pass) taken(list []allowanceEntry, secret []byte, lo, hi int) bool {
	for i := range list {
		a := &list[i]
		if a.all && !(a.rePath == nil || a.rePath().MatchString(p.name)) {
			continue
		}
		if a.re != nil && p.exprTakes(a, secret, lo, hi) {
			return true
		}
		if a.stopwords || len(a.words) > 0 {
			lower := strings.ToLower(string(secret))
			if a.stopwords && hasStopword(lower) {
				return true
			}
			for _, w := range a.words {
				if strings.Contains(lower, w) {
					return true
				}
			}
		}
	}
	return false
}

func (p *pass) exprTakes(a *allowanceEntry, secret []byte, lo, hi int) bool {
	src := p.t.src
	switch a.target {
	case targetMatch:
		return hi > lo && a.re().Match(src[lo:hi])
	case targetLine:
		from, to := p.t.line(lo, hi)
		m := &p.lineAllow
		if m.allowance != a || m.src != &src[0] || m.start != from || m.end != to {
			*m = lineMemo{a, &src[0], from, to, a.re().Match(bytes.TrimSuffix(src[from:to], []byte{'\r'}))}
		}
		return m.taken
	}
	return len(secret) > 0 && a.re().Match(secret)
}
