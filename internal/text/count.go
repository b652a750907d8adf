package text

import "strconv"

// Count says how many there are of what: "1 file", "2 files". many is the
// plural, with all that changes with it.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
