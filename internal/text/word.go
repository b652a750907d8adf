package text

import "strings"

// IsWord reports whether s consists of 1 to limit ASCII letters, digits and the given other characters, and is not a
// name of a folder (. or ..).
func IsWord(s string, limit int, others string) bool {
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

// IsLowerWord is IsWord, without upper-case letters.
func IsLowerWord(s string, limit int, others string) bool {
	return IsWord(s, limit, others) && strings.ToLower(s) == s
}

// IsDigits reports whether s consists of one or more digits.
func IsDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// IsHex reports whether s consists of one or more hexadecimal digits of either case.
func IsHex(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == "" }
