package scan

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MinValueLength is the length of the shortest value that is looked for, in
// bytes: shorter ones are everywhere.
const MinValueLength = 6

// longValue is how much of a long value is looked for: its beginning.
const longValue = 4096

// MaxValueHits is how many hits in one file are told.
const MaxValueHits = 10000

// Values looks for known plaintexts. Goroutines may share one. It holds the
// plaintexts in memory as long as it lives, and never prints them.
type Values struct {
	count   int
	ignored []int
	forms   [][]form // of each pattern
	search  *searcher
}

// ValueHit is a place where a value stands in the clear.
type ValueHit struct {
	Value          int    // which of the values given
	Form           string // "raw", "json", "url", "base64", "hex", "utf-16"; "line" is one line of a longer value
	Offset, Length int
	Line, Column   int // from 1; columns in bytes
}

type form struct {
	value int
	name  string
}

// NewValues prepares to look for values. Line breaks at the end of a value do not
// count; of a value of more than 4 KB its beginning is looked for. Values that are too short, or too common to tell anything, are left
// out; see Ignored.
func NewValues(values [][]byte) *Values {
	v := &Values{count: len(values)}
	ids := map[string]int{}
	var patterns []string
	for i, value := range values {
		value = bytes.TrimRight(value, "\r\n")
		if commonValue(value) {
			v.ignored = append(v.ignored, i)
			continue
		}
		for _, f := range spellings(value[:min(len(value), longValue)]) {
			id, ok := ids[f.text]
			if !ok {
				id = len(patterns)
				ids[f.text] = id
				patterns = append(patterns, f.text)
				v.forms = append(v.forms, nil)
			}
			if !slices.ContainsFunc(v.forms[id], func(o form) bool { return o.value == i }) {
				v.forms[id] = append(v.forms[id], form{i, f.name})
			}
		}
	}
	v.search = newSearcher(patterns)
	return v
}

// Ignored returns the values that are not looked for, by their place in what
// NewValues was given.
func (v *Values) Ignored() []int { return slices.Clone(v.ignored) }

// String does not tell the values, nor does any other way to print them.
func (v *Values) String() string { return fmt.Sprintf("%d values", v.count) }

// GoString is String.
func (v *Values) GoString() string { return v.String() }

// Format prints what String says, for every verb.
func (v *Values) Format(f fmt.State, _ rune) { fmt.Fprint(f, v.String()) }

// Scan returns where in src a value stands, by offset: at most MaxValueHits. Of
// hits on one value that lie within each other the longest is told.
func (v *Values) Scan(src []byte) []ValueHit {
	var hits []ValueHit
	v.search.find(src, func(pattern, start, end int) bool {
		for _, f := range v.forms[pattern] {
			hits = append(hits, ValueHit{Value: f.value, Form: f.name, Offset: start, Length: end - start})
		}
		return len(hits) < 4*MaxValueHits
	})
	if len(hits) == 0 {
		return nil
	}
	slices.SortFunc(hits, func(a, b ValueHit) int {
		return cmp.Or(a.Value-b.Value, a.Offset-b.Offset, b.Length-a.Length, strings.Compare(a.Form, b.Form))
	})
	kept := hits[:0]
	for _, h := range hits {
		if n := len(kept); n > 0 && kept[n-1].Value == h.Value && h.Offset+h.Length <= kept[n-1].Offset+kept[n-1].Length {
			continue
		}
		kept = append(kept, h)
	}
	slices.SortFunc(kept, func(a, b ValueHit) int { return cmp.Or(a.Offset-b.Offset, a.Value-b.Value) })
	kept = kept[:min(len(kept), MaxValueHits)]
	lines := (&text{src: src}).index()
	for i := range kept {
		line, start := lines.at(kept[i].Offset)
		kept[i].Line, kept[i].Column = line+1, kept[i].Offset-start+1
	}
	return kept
}

// commonValue reports whether to find v says nothing: it is short, a short
// number, or a word that stands in many files.
func commonValue(v []byte) bool {
	trimmed := bytes.TrimSpace(v)
	if len(trimmed) < MinValueLength {
		return true
	}
	digits := 0
	for _, b := range trimmed {
		if b >= '0' && b <= '9' || b == '.' {
			digits++
		}
	}
	return digits == len(trimmed) && digits < 8 || commonWord(strings.ToLower(string(trimmed)))
}
