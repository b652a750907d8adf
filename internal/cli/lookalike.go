package cli

import (
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// lookalike returns the format that a person would expect of a name that sops
// takes for a binary file: .env.local, .YAML and the like.
func lookalike(name string) (document.Format, bool) {
	base := strings.ToLower(filepath.Base(name))
	if strings.HasPrefix(base, ".env.") || strings.Contains(base, ".env.") {
		return document.Dotenv, true
	}
	if f := document.FormatForPath(base); f != document.Binary {
		return f, true
	}
	return document.Binary, false
}
