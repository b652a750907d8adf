package encrypt

import (
	"strconv"
	"strings"
)

// Path is a way through a tree: each step is a string (a map's key) or an int
// (a list's index).
type Path []any

// commentStep stands in a Path for a comment, in messages.
type commentStep struct{}

// String writes the path as set takes it: ["a"]["b"][0].
func (p Path) String() string {
	var b strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case string:
			b.WriteString(`[` + strconv.Quote(step) + `]`)
		case int:
			b.WriteString(`[` + strconv.Itoa(step) + `]`)
		case commentStep:
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("a comment")
		}
	}
	return b.String()
}
