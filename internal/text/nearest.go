package text

import "strings"

// Nearest returns the known name that name was most likely meant to be: one or
// two slips of the fingers away, fewer for a short name. It is empty if none
// is near.
func Nearest(name string, known []string) string {
	best, at := 3, ""
	for _, k := range known {
		limit := best
		if short := min(len(name), len(k)) / 3; short < limit-1 {
			limit = short + 1
		}
		if d := distance(name, k); d < limit {
			best, at = d, k
		}
	}
	return at
}

// distance is Levenshtein's, with a swap of neighbours as one step. Names too
// different in length are far apart without counting.
func distance(a, b string) int {
	if len(a)-len(b) > 3 || len(b)-len(a) > 3 || len(a) > 64 || len(b) > 64 {
		return 99
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
