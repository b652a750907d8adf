package document

import (
	"strconv"
	"strings"
)

// Dotenv and INI carry the metadata flat: the path to a value becomes one key,
// in which __map_ goes before the name of a map's entry and __list_ before the
// index of a list's item.
const (
	mapToken  = "__map_"
	listToken = "__list_"
)

// flatten makes one list of entries of a nested map, in its order.
func flatten(f Format, meta *Node, prefix string, escapeNewlines bool) ([]*Node, error) {
	var out []*Node
	var keys keySet
	var descend func(n *Node, key string) error
	descend = func(n *Node, key string) error {
		index := 0
		for _, item := range n.Items {
			if item.Kind == Comment {
				continue
			}
			at := key + item.Key
			if n.Kind == List {
				at = key + strconv.Itoa(index)
				index++
			}
			switch item.Kind {
			case Map:
				if err := descend(item, at+mapToken); err != nil {
					return err
				}
				continue
			case List:
				if err := descend(item, at+listToken); err != nil {
					return err
				}
				continue
			}
			if !keys.add(at) {
				return &EncodeError{Format: f, Path: stepsPath([]step{{key: at}}), Msg: "the name occurs twice in the flattened metadata"}
			}
			flat := *item
			flat.Key = at
			if escapeNewlines {
				flat.Text = strings.ReplaceAll(flat.Text, "\n", `\n`)
			}
			out = append(out, &flat)
		}
		return nil
	}
	err := descend(meta, prefix)
	return out, err
}
