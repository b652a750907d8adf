package identity

import (
	"os"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Misplaced reports whether a value holds a key where the name of something
// belongs. What is there is a name, whatever it looks like.
func Misplaced(value string) bool {
	if !text.HoldsKey(value) {
		return false
	}
	_, err := os.Lstat(value)
	return err != nil
}

// MisplacedHint says where such a key belongs.
func MisplacedHint(value string) string {
	if upper := strings.ToUpper(value); strings.Contains(upper, "AGE-SECRET-KEY-") || strings.Contains(upper, "AGE-PLUGIN-") {
		return "use " + EnvAgeKey
	}
	return "write it to a file that only you can read, and name that file"
}
