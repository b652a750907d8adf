package encrypt

import (
	"bytes"
	"errors"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// ErrNotSealed is a file that is not sealed: it carries no metadata of sops.
var ErrNotSealed = document.ErrNoMetadata

// IsBinary reports whether the file is taken as a whole, not value by value.
func (f File) IsBinary() bool { return f.Input == document.Binary }

// IsLFSPointer reports whether a file is what Git LFS puts in the place of another.
func IsLFSPointer(src []byte) bool {
	return len(src) < maxPointer && (bytes.HasPrefix(src, []byte("version https://git-lfs.github.com/spec/")) || bytes.HasPrefix(src, []byte("version https://hawser.github.com/spec/")))
}

// maxPointer is how large a pointer may be, by the specification of Git LFS.
const maxPointer = 1024

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
