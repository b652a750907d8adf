package document

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// heldComments writes the comments of empty maps and lists. The library, and so
// sops, puts them between the braces, where no reader of YAML finds them again.
// One comment goes behind the braces, several above them, within the value:
//
//	a: {} # one
//	b:
//	    # one
//	    # two
//	    {}
//
// A mark stands for each such value until the library has written the rest.
type heldComments struct {
	roots []*Node // to choose a mark that they do not hold
	mark  string
	texts [][]byte // what goes in place of the marks
}

// onlyComments reports whether a map or list holds comments and nothing else.
func onlyComments(n *Node) bool {
	return len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item *Node) bool { return item.Kind != Comment })
}

// hold returns the node that stands for an empty map or list with comments,
// whose content would be indented by own; top says that it stands alone.
func (h *heldComments) hold(n *Node, own int, top bool) *yaml.Node {
	if h.mark == "" {
		for h.mark = "\ue000"; slices.ContainsFunc(h.roots, func(r *Node) bool { return holdsText(r, h.mark) }); {
			h.mark += "\ue000"
		}
	}
	braces := "{}"
	if n.Kind == List {
		braces = "[]"
	}
	var b []byte
	if len(n.Items) == 1 && !top {
		b = append(b, " "+braces+" #"+n.Items[0].Text...)
	} else {
		pad := strings.Repeat(" ", own)
		for _, c := range n.Items {
			b = append(b, "\n"+pad+"#"+c.Text...)
		}
		b = append(b, "\n"+pad+braces...)
	}
	if top {
		b = b[1:]
	}
	h.texts = append(h.texts, b)
	return &yaml.Node{Kind: yaml.ScalarNode, Value: h.mark}
}

// holdsText reports whether a key or a text of a tree holds s.
func holdsText(n *Node, s string) bool {
	return strings.Contains(n.Key, s) || strings.Contains(n.Text, s) ||
		slices.ContainsFunc(n.Items, func(item *Node) bool { return holdsText(item, s) })
}

// putBack writes what was held in place of the marks.
func (h *heldComments) putBack(out []byte) ([]byte, error) {
	if len(h.texts) == 0 {
		return out, nil
	}
	var b []byte
	for _, text := range h.texts {
		before, rest, ok := bytes.Cut(out, []byte(h.mark))
		if text[0] == ' ' || text[0] == '\n' {
			before = bytes.TrimSuffix(before, []byte(" "))
		}
		if !ok {
			return nil, &EncodeError{Format: YAML, Msg: "the YAML library lost a value"}
		}
		b, out = append(append(b, before...), text...), rest
	}
	return append(b, out...), nil
}
