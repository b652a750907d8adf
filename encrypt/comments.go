package encrypt

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Comment is a comment in the clear that a rule encrypts, or that a file held
// encrypted.
type Comment struct {
	Text string // plaintext, without the sign that opens it; may have several lines
	Pos  Pos
	Path string // of the map or list that it stands in, as in set
	// Sealable: Seal would encrypt it. sops drops a comment behind the last key of
	// an INI file, and encrypts no file that holds nothing else.
	Sealable bool
}

// listComments lists those of a tree.
func listComments(tree *document.Document, selector policy.Selector) ([]Comment, error) {
	var out []Comment
	err := eachLeaf(tree, selector, func(w *walker, v *visit) {
		if v.node.Kind == document.Comment && v.selected && v.node.Text != "" {
			out = append(out, Comment{Text: v.node.Text, Pos: Pos(v.node.Pos), Path: w.place().String(), Sealable: true})
		}
	})
	return out, err
}

// lostComments lists those that no tree holds: they stand behind all that a
// format can hang a comment on. They count as standing at the top.
func lostComments(tree *document.Document, selector policy.Selector, src []byte) []Comment {
	root := &document.Node{Kind: document.Map}
	if len(tree.Roots) == 0 {
		root.Items = commentLines(src, document.Pos{Line: 1, Col: 1})
	}
	for _, l := range tree.Losses {
		if l.Loss == document.Changed {
			root.Items = append(root.Items, commentLines(src, l.Pos)...)
		}
	}
	out, err := listComments(&document.Document{Roots: []*document.Node{root}}, selector)
	if err != nil {
		return nil // only keys can be invalid
	}
	for i := range out {
		out[i].Sealable = false
	}
	return out
}

// commentLines gives the comments that begin at a place and end where another line
// does not begin with their sign.
func commentLines(src []byte, from document.Pos) []*document.Node {
	var out []*document.Node
	line := uint32(0)
	for text := range bytes.Lines(src) {
		if line++; line < from.Line {
			continue
		}
		before := uint32(0)
		if line == from.Line && from.Col > 1 {
			before = min(from.Col-1, uint32(len(text)))
			text = text[before:]
		}
		trimmed := strings.TrimSpace(string(text))
		switch {
		case trimmed == "", isMarker(trimmed):
		case trimmed[0] == '#', trimmed[0] == ';':
			out = append(out, &document.Node{Kind: document.Comment, Text: trimmed[1:], Pos: document.Pos{Line: line, Col: before + uint32(bytes.IndexByte(text, trimmed[0])) + 1}})
		default:
			return out
		}
	}
	return out
}

// onlyComments reports whether a YAML source holds nothing else.
func onlyComments(src []byte) bool {
	return !slices.ContainsFunc(strings.Split(string(src), "\n"), func(line string) bool {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		return line != "" && line[0] != '#' && !isMarker(line)
	})
}

// isMarker reports whether a line of YAML begins or ends a document and does
// nothing else.
func isMarker(line string) bool { return line == "---" || line == "..." }
