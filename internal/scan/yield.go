package scan

import (
	"bytes"
	"slices"
	"strings"
)

// yield drops findings that say less than another one: weak ones where a strong
// one overlaps, those of gitleaks' generic rule where any other holds the same,
// there or on the same line, and what was found twice.
func (x *scan) yield(found []candidate) []candidate {
	byLine := make(map[int][]int, len(found))
	for i := range found {
		byLine[found[i].line] = append(byLine[found[i].line], i)
	}
	drop := make([]bool, len(found))
	for _, at := range byLine {
		for _, i := range at {
			f := &found[i]
			generic := x.generic(f)
			for _, j := range at {
				o := &found[j]
				if generic && o.rule != f.rule && !x.rules[o.rule].weak && bytes.Contains(o.secret, f.secret) {
					drop[i] = true
					break
				}
			}
		}
	}
	x.yieldWeak(found, drop)
	x.yieldGeneric(found, drop)
	kept := found[:0]
	for i := range found {
		if drop[i] {
			continue
		}
		if slices.ContainsFunc(kept[max(0, len(kept)-256):], func(k candidate) bool { return same(&k, &found[i]) }) {
			continue
		}
		kept = append(kept, found[i])
	}
	return kept
}

func (x *scan) generic(c *candidate) bool { return strings.Contains(x.rules[c.rule].id, "generic") }

// yieldGeneric drops findings of the generic rule that lie within another
// finding, on whatever line that begins. The findings are in order.
func (x *scan) yieldGeneric(found []candidate, drop []bool) {
	var last span
	for i := range found {
		f := &found[i]
		switch {
		case drop[i]:
		case !x.generic(f):
			if f.end > last.end {
				last = span{f.start, f.end}
			}
		case f.end <= last.end && f.start >= last.start:
			drop[i] = true
		}
	}
	// Of the same place, what ends first comes first; so once more from the end.
	last = span{1 << 62, 1 << 62}
	for i := len(found) - 1; i >= 0; i-- {
		f := &found[i]
		switch {
		case drop[i]:
		case !x.generic(f):
			if f.start <= last.start {
				last = span{f.start, f.end}
			}
		case f.start >= last.start && f.end <= last.end:
			drop[i] = true
		}
	}
}

// same reports whether a and b are one finding: one place and one credential.
// Two credentials in one encoded part are two; one that was decoded twice, where
// two batches overlap, is one.
func same(a, b *candidate) bool {
	place := a.start == b.start && a.end == b.end || a.decoded != "" && a.decoded == b.decoded && a.start < b.end && b.start < a.end
	return place && a.rule == b.rule && bytes.Equal(a.secret, b.secret)
}

// yieldWeak drops findings of weak rules that overlap with one that is not
// weak, or with an earlier weak one. The findings are in order.
func (x *scan) yieldWeak(found []candidate, drop []bool) {
	var strong []span
	for i := range found {
		if !drop[i] && !x.rules[found[i].rule].weak && !x.generic(&found[i]) && found[i].end > found[i].start {
			if n := len(strong); n > 0 && found[i].start < strong[n-1].end {
				strong[n-1].end = max(strong[n-1].end, found[i].end)
			} else {
				strong = append(strong, span{found[i].start, found[i].end})
			}
		}
	}
	weakEnd := 0
	for i := range found {
		f := &found[i]
		if drop[i] || !x.rules[f.rule].weak {
			continue
		}
		if _, hit := slices.BinarySearchFunc(strong, *f, func(s span, f candidate) int {
			switch {
			case s.end <= f.start:
				return -1
			case s.start >= f.end:
				return 1
			}
			return 0
		}); hit || f.start < weakEnd {
			drop[i] = true
			continue
		}
		weakEnd = f.end
	}
}
