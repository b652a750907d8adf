package encrypt

import (
	"strconv"
	"strings"
)

// newer reports whether version a is newer than b, by their three numbers. An
// invalid version counts as older than any.
func newer(a, b string) bool {
	x, y := numbers(a), numbers(b)
	for i := range x {
		if x[i] != y[i] {
			return x[i] > y[i]
		}
	}
	return false
}

func numbers(v string) (out [3]int) {
	core, _, _ := strings.Cut(strings.TrimPrefix(v, "v"), "-")
	for i, part := range strings.SplitN(core, ".", 3) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return [3]int{-1, -1, -1}
		}
		out[i] = n
	}
	return out
}

// readableVersion is the version that a file carries for one that it had: sops
// reads no file whose version lacks one of the three numbers.
func readableVersion(v string) string {
	core, suffix, _ := strings.Cut(v, "-")
	parts := strings.Split(core, ".")
	if len(parts) != 3 || !isVersion(v) {
		return SOPSVersion
	}
	for _, p := range append(parts, strings.Split(suffix, ".")...) {
		if len(p) > 1 && p[0] == '0' || p == "" && suffix != "" {
			return SOPSVersion
		}
	}
	return v
}
