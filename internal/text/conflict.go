package text

import "bytes"

// Conflicted reports whether a file holds the marks that Git writes where a merge has a
// conflict.
func Conflicted(src []byte) bool {
	for _, mark := range []string{"<<<<<<< ", ">>>>>>> "} {
		if bytes.HasPrefix(src, []byte(mark)) || bytes.Contains(src, []byte("\n"+mark)) {
			return true
		}
	}
	return false
}
