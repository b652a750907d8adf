package encrypt

import (
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// visit is one leaf of a tree: a scalar, a null or a comment.
type visit struct {
	node     *document.Node
	aad      []byte  // the path, names joined by ":" and a last ":"; valid during the call
	selected bool    // to be encrypted
	way      *walker // at the leaf, but for a comment; valid during the call
}

// walker goes through a tree in the order in which sops does, and keeps book
// of what the selector looks at.
//
// sops decides anew for each value by all names on its way; here a name is
// looked at once, when the way passes it.
type walker struct {
	sel   policy.Selector
	leaf  func(*visit) error
	empty bool // maps and lists without entries are leaves
	root  int  // the document that it stands in
	aad   []byte
	path  []step
	// names on the way that the selector takes; comments likewise, of levels
	// above the current one
	hits int
}

// step is one step of the way to a value.
type step struct {
	name           string
	index          int
	named, comment bool // by name, to a comment; else by index
}

// place is the way as messages tell it.
func (w *walker) place() Path {
	path := make(Path, 0, len(w.path))
	for _, s := range w.path {
		switch {
		case s.comment:
			path = append(path, commentStep{})
		case s.named:
			path = append(path, s.name)
		default:
			path = append(path, s.index)
		}
	}
	return path
}

// walkTree calls leaf for each leaf of each root. Errors that leaf returns are
// returned as *ValueError with the leaf's place.
func walkTree(roots []*document.Node, sel policy.Selector, opening bool, leaf func(*visit) error) error {
	w := &walker{sel: sel, leaf: leaf, aad: make([]byte, 0, 256)}
	for _, root := range roots {
		if n, err := w.entries(root); err != nil {
			e := &ValueError{Path: w.place().String(), Msg: err.Error(), Opening: opening}
			if n != nil {
				e.Line = n.Pos.Line
			}
			return e
		}
	}
	return nil
}

// entries walks a map or a list. On an error it returns the node it is about
// and leaves w.path there.
func (w *walker) entries(parent *document.Node) (*document.Node, error) {
	byComment := w.sel.ByComment()
	above := w.hits
	level := 0 // comments before the next entry that the selector takes
	index := 0
	for _, n := range parent.Items {
		if n.Kind == document.Comment {
			hit := byComment && w.sel.MatchComment(n.Text)
			// A comment speaks of itself too, but encrypted_comment_regex
			// does not encrypt the comment that says so.
			w.hits = above + level
			if hit && w.sel.Kind() == policy.UnencryptedCommentRegex {
				w.hits++
			}
			if err := w.visit(n); err != nil {
				w.path = append(w.path, step{comment: true})
				return n, err
			}
			if hit {
				level++
			}
			continue
		}
		length := len(w.aad)
		w.hits = above + level
		if parent.Kind == document.Map {
			w.path = append(w.path, step{name: n.Key, named: true})
			if n.BadKey {
				return n, errBadKey(n.Key)
			}
			w.aad = append(append(w.aad, n.Key...), ':')
			if !byComment && w.sel.MatchName(n.Key) {
				w.hits++
			}
		} else {
			w.path = append(w.path, step{index: index})
			index++
		}
		if n.Kind == document.Map || n.Kind == document.List {
			if at, err := w.entries(n); err != nil {
				return at, err
			}
			if w.empty && !hasEntries(n) {
				if err := w.visit(n); err != nil {
					return n, err
				}
			}
		} else if err := w.visit(n); err != nil {
			return n, err
		}
		w.aad = w.aad[:length]
		w.path = w.path[:len(w.path)-1]
		level = 0
	}
	w.hits = above
	return nil, nil
}

// hasEntries reports whether a map or list holds more than comments.
func hasEntries(n *document.Node) bool {
	return slices.ContainsFunc(n.Items, func(item *document.Node) bool { return item.Kind != document.Comment })
}

func (w *walker) visit(n *document.Node) error {
	selected := true
	switch w.sel.Kind() {
	case policy.UnencryptedSuffix, policy.UnencryptedRegex, policy.UnencryptedCommentRegex:
		selected = w.hits == 0
	case policy.EncryptedSuffix, policy.EncryptedRegex, policy.EncryptedCommentRegex:
		selected = w.hits > 0
	}
	aad := w.aad
	if len(aad) == 0 {
		aad = rootAAD
	}
	return w.leaf(&visit{node: n, aad: aad, selected: selected, way: w})
}

// rootAAD is the path of what stands at the top without a name: comments.
var rootAAD = []byte(":")

type badKeyError string

func errBadKey(kind string) error { return badKeyError(kind) }

func (e badKeyError) Error() string {
	return "has a key that is not a string (" + string(e) + "): only strings can be keys"
}
