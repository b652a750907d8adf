package cli

import (
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
)

// lookalike returns the format that a person would expect of a name that sops
// takes for a binary file: .env.local, .YAML and the like.
func lookalike(name string) (encrypt.Format, bool) {
	base := strings.ToLower(filepath.Base(name))
	if strings.HasPrefix(base, ".env.") || strings.Contains(base, ".env.") {
		return encrypt.Dotenv, true
	}
	if f := encrypt.FileAt(base).Input; f != encrypt.Binary {
		return f, true
	}
	return encrypt.Binary, false
}
