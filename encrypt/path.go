package encrypt

import (
	"fmt"
	"strconv"
	"strings"
)

// Path is a way through a tree: each step is a string (a map's key) or an int
// (a list's index).
type Path []any

// commentStep stands in a Path for a comment, in messages.
type commentStep struct{}

// check refuses a step that is neither a string nor an int.
func (p Path) check() error {
	for i, step := range p {
		switch step.(type) {
		case string, int:
		default:
			return &PathError{Path: p[:i].String(), Msg: fmt.Sprintf("is followed by a step of type %T; a step is a string or an int", step)}
		}
	}
	return nil
}

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
