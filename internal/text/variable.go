package text

import "strings"

// IsVariable reports whether s can name a variable of the environment in every
// shell: letters, digits and underscores of ASCII, no digit first.
func IsVariable(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	return s != "" && strings.Trim(s[:1], letters) == "" && strings.Trim(s, letters+"0123456789") == ""
}
