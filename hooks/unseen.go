package hooks

import (
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Unseen is a file that was not looked at, or not into.
type Unseen struct {
	Path string
	Why  UnseenWhy
}

// UnseenWhy says why nothing was looked at. It is stable: people and programs
// filter by it.
type UnseenWhy string

// Why a file was not looked at.
const (
	UnseenArchive   UnseenWhy = "archive"   // a zip, a tar, a jar: what is packed in it
	UnseenSubmodule UnseenWhy = "submodule" // another repository
	UnseenLFS       UnseenWhy = "lfs"       // a file of Git LFS that is not here
)

// unseen takes down a file that was not looked at.
func (r *Report) unseen(path string, why UnseenWhy) {
	r.Unseen = append(r.Unseen, Unseen{path, why})
}

// maxNamed is how many files a note names.
const maxNamed = 3

// Notes are one line for each kind of what was not looked at.
func (r *Report) Notes() []string {
	var out []string
	for _, kind := range []struct {
		why   UnseenWhy
		words string
	}{
		{UnseenLFS, "in Git LFS and not here, so not looked at: "},
		{UnseenArchive, "archives are not opened: "},
		{UnseenSubmodule, "submodules are not looked into: "},
	} {
		var names []string
		for _, u := range r.Unseen {
			if u.Why == kind.why {
				names = append(names, text.Path(u.Path))
			}
		}
		if len(names) == 0 {
			continue
		}
		line := kind.words + strings.Join(names[:min(maxNamed, len(names))], ", ")
		if more := len(names) - maxNamed; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		out = append(out, line)
	}
	return out
}
