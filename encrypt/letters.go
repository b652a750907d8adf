package encrypt

import "strings"

// made reports whether s consists of 1 to limit letters, digits and the given
// others, and is not one of the names that mean a folder.
func made(s string, limit int, others string) bool {
	if s == "" || len(s) > limit || s == "." || s == ".." {
		return false
	}
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r)) {
			return false
		}
	}
	return true
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
