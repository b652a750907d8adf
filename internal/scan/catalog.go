package scan

import (
	"regexp"
	"strings"
	"sync"
)

// catalog is the rules made ready: the automaton of their words, and their
// expressions, each compiled when it is first needed. All scanners share it.
type catalog struct {
	rules  []entry
	words  []string
	uses   [][]uint16 // of each word, the rules that it leads to
	dense  []uint16   // rules that have no word
	wholes []uint16   // rules that a path asks for
	files  []uint16   // rules of the path alone
	auto   *automaton
	allow  []allowanceEntry
}

type entry struct {
	rule
	needs  []uint16 // words; the text must hold one
	closed bool     // no byte of follow closes a value
	re     func() *regexp.Regexp
	rePath func() *regexp.Regexp
	allow  []allowanceEntry
}

type allowanceEntry struct {
	allowance
	re     func() *regexp.Regexp
	rePath func() *regexp.Regexp
}

// compiled returns a function that compiles expr once, nil for no expression.
// Every expression is the program's own, so it compiles: a test sees to that.
func compiled(expr string) func() *regexp.Regexp {
	if expr == "" {
		return nil
	}
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// theCatalog builds the catalog when a scan first needs it.
var theCatalog = sync.OnceValue(func() *catalog {
	c := &catalog{allow: allowances(gitleaksAllow)}
	ids := make(map[string]uint16, 512)
	word := func(w string) uint16 {
		id, ok := ids[w]
		if !ok {
			id = uint16(len(c.words))
			ids[w] = id
			c.words = append(c.words, w)
			c.uses = append(c.uses, nil)
		}
		return id
	}
	c.rules = make([]entry, 0, len(gitleaksRules)+len(ownRules))
	for _, list := range [][]rule{gitleaksRules, ownRules} {
		for i := range list {
			e := entry{rule: list[i], re: compiled(list[i].expr), rePath: compiled(list[i].path), allow: allowances(list[i].allow)}
			n := uint16(len(c.rules))
			e.closed = !e.follow.meets(closingByte) && !e.follow.has('\\')
			switch e.kind {
			case dense:
				c.dense = append(c.dense, n)
			case whole:
				c.wholes = append(c.wholes, n)
			case fileName:
				c.files = append(c.files, n)
			}
			for _, w := range e.words {
				id := word(w)
				c.uses[id] = append(c.uses[id], n)
			}
			for _, w := range e.keywords {
				e.needs = append(e.needs, word(w))
			}
			c.rules = append(c.rules, e)
		}
	}
	c.auto = newAutomaton(c.words)
	return c
})

func allowances(list []allowance) []allowanceEntry {
	all := make([]allowanceEntry, 0, len(list))
	for _, a := range list {
		all = append(all, allowanceEntry{allowance: a, re: compiled(a.exprs), rePath: compiled(a.paths)})
	}
	return all
}

// hasStopword reports whether s, in lower case, holds a stop word.
func hasStopword(s string) bool {
	for i := 0; i+stopwordLeast <= len(s); i++ {
		lo, hi := 0, len(stopwords)
		for lo < hi { // the first word not below s[i:i+stopwordLeast]
			mid := int(uint(lo+hi) >> 1)
			if stopwords[mid] < s[i:i+stopwordLeast] {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		for ; lo < len(stopwords) && strings.HasPrefix(stopwords[lo], s[i:i+stopwordLeast]); lo++ {
			if strings.HasPrefix(s[i:], stopwords[lo]) {
				return true
			}
		}
	}
	return false
}
