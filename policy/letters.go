package policy

import "strings"

const lowerLetters = "abcdefghijklmnopqrstuvwxyz"

// made reports whether s consists of 1 to limit ASCII letters, digits and the given other characters, and is not a
// name of a folder (. or ..).
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

// madeLower is made, without upper-case letters.
func madeLower(s string, limit int, others string) bool {
	return made(s, limit, others) && strings.ToLower(s) == s
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isHex(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// isNumber reports whether s is a number of at most nine digits.
func isNumber(s string) bool { return isDigits(s) && len(s) <= 9 }
