package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/document"
)

// find returns the node at path, from the first document on as sops does.
func find(roots []*document.Node, path Path) (*document.Node, error) {
	if err := path.check(); err != nil {
		return nil, err
	}
	n := roots[0]
	for i, step := range path {
		at := entry(n, step)
		if at < 0 {
			return nil, missing(n, path[:i+1])
		}
		n = n.Items[at]
	}
	return n, nil
}

// entry returns where in n.Items a step leads; -1 if nowhere.
func entry(n *document.Node, step any) int {
	index, isIndex := step.(int)
	if isIndex != (n.Kind == document.List) {
		return -1
	}
	for i, item := range n.Items {
		if item.Kind == document.Comment {
			continue
		}
		if !isIndex && item.Key == step && !item.BadKey {
			return i
		}
		if isIndex {
			if index == 0 {
				return i
			}
			index--
		}
	}
	return -1
}

// missing says why entry found nothing at the last step of path.
func missing(n *document.Node, path Path) *PathError {
	e := &PathError{Path: path.String(), NotFound: true, Msg: "is not there"}
	index, isIndex := path[len(path)-1].(int)
	switch {
	case n.Kind != document.Map && n.Kind != document.List:
		e.NotFound, e.Msg = false, "leads into a value that has no entries"
	case isIndex && n.Kind == document.Map:
		e.NotFound, e.Msg = false, "is an index, but the value there is a map: give a key"
	case !isIndex && n.Kind == document.List:
		e.NotFound, e.Msg = false, "is a key, but the value there is a list: give an index"
	case isIndex && index < 0:
		e.NotFound, e.Msg = false, "is a negative index"
	}
	return e
}

// Set puts a value at path, as sops set does, and reports whether the document
// changed: what is not there is made, an index at or beyond the end of a list
// appends.
func (d *Document) Set(path Path, value NewValue) (changed bool, err error) {
	if value.node == nil {
		return false, errNoValue
	}
	changed, err = d.set(path, (&cloner{}).clone(value.node))
	if err == nil && changed && hasMetadata(d.tree, d.file.Output) {
		err = ErrAlreadyEncrypted // the name is taken by the metadata
	}
	return changed, err
}

func (d *Document) set(path Path, value *document.Node) (changed bool, err error) {
	if len(path) == 0 {
		return false, &PathError{Path: "the empty path", Msg: "names the whole document, which set cannot replace"}
	}
	if err := path.check(); err != nil {
		return false, err
	}
	n := d.tree.Roots[0]
	for i, step := range path {
		last := i == len(path)-1
		at := entry(n, step)
		if at < 0 {
			if e := missing(n, path[:i+1]); !e.NotFound {
				return false, e
			}
			d.keepType(nil, value)
			made, err := grow(path[i+1:], value)
			if err != nil {
				return false, err
			}
			if key, ok := step.(string); ok {
				made.Key = key
			}
			n.Items = append(n.Items, made)
			d.changed = true
			return true, nil
		}
		if !last {
			next := n.Items[at]
			if next.Kind != document.Map && next.Kind != document.List {
				// As sops: a scalar on the way gives place to what the path makes.
				made, err := grow(path[i+1:], value)
				if err != nil {
					return false, err
				}
				made.Key, n.Items[at] = next.Key, made
				d.changed = true
				return true, nil
			}
			n = next
			continue
		}
		old := n.Items[at]
		d.keepType(old, value)
		value.Key, value.Merge = old.Key, old.Merge
		if d.equal(value, old) {
			return false, nil
		}
		keepEqual(d.sealedAs, old, value)
		n.Items[at] = value
		d.changed = true
	}
	return true, nil
}

// grow makes the maps and lists that path goes through, down to value.
func grow(path Path, value *document.Node) (*document.Node, error) {
	n := value
	for i := len(path) - 1; i >= 0; i-- {
		switch step := path[i].(type) {
		case string:
			n.Key = step
			n = &document.Node{Kind: document.Map, Items: []*document.Node{n}}
		case int:
			if step < 0 {
				return nil, &PathError{Path: path[:i+1].String(), Msg: "is a negative index"}
			}
			n.Key = ""
			n = &document.Node{Kind: document.List, Items: []*document.Node{n}}
		}
	}
	return n, nil
}

// Unset removes the entry at path. A path that names nothing is a *PathError
// with NotFound.
func (d *Document) Unset(path Path) error {
	if len(path) == 0 {
		return &PathError{Path: "the empty path", Msg: "names the whole document, which unset cannot remove"}
	}
	if err := path.check(); err != nil {
		return err
	}
	parent, err := find(d.tree.Roots, path[:len(path)-1])
	if err != nil {
		return err
	}
	at := entry(parent, path[len(path)-1])
	if at < 0 {
		return missing(parent, path)
	}
	after := at + 1
	if d.tree.Format == document.INI { // the comments of a key follow it in the tree, and go with it
		for after < len(parent.Items) && parent.Items[after].Kind == document.Comment {
			after++
		}
	}
	parent.Items = append(parent.Items[:at:at], parent.Items[after:]...)
	d.changed = true
	return nil
}

// keepType gives a new scalar the type of the one it replaces, where it can
// have it: an integer for a float is that float. The flat formats know only strings.
func (d *Document) keepType(old, value *document.Node) {
	if value.Kind == document.Int && old != nil && old.Kind == document.Float && isExact(value.Int) {
		value.Kind, value.Float = document.Float, float64(value.Int)
	}
	if d.file.Input == Dotenv || d.file.Input == INI {
		if text, err := document.EncodeValue(document.Dotenv, value, document.Style{}); err == nil && value.Kind != document.Map && value.Kind != document.List {
			value.Kind, value.Text = document.String, string(text)
		}
	}
}

// isExact reports whether a float holds the integer exactly. Beyond these
// bounds converting back and forth is the machine's business.
func isExact(n int64) bool { return -1<<53 <= n && n <= 1<<53 }
