package encrypt

import (
	"errors"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// ErrNotSealed is a file that is not sealed: it carries no metadata of sops.
var ErrNotSealed = document.ErrNoMetadata

// IsBinary reports whether the file is taken as a whole, not value by value.
func (f File) IsBinary() bool { return f.Input == document.Binary }

// LineOf is the line of the source that an error of this package names, 0 if
// it names none.
func LineOf(err error) int {
	var syntax *document.SyntaxError
	var value *ValueError
	switch {
	case errors.As(err, &syntax):
		return int(syntax.Pos.Line)
	case errors.As(err, &value):
		return int(value.Line)
	}
	return 0
}
