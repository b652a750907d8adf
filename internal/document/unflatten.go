package document

import (
	"strconv"
	"strings"
)

// branch is a node of the tree that flat keys describe.
type branch struct {
	node     *Node // a Map, a List or a value
	index    int   // of a list's item
	children map[string]*branch
}

func isBranch(k Kind) bool { return k == Map || k == List }

const (
	metadataTwice = "a name occurs twice in the sops metadata"
	metadataMixed = "a name in the sops metadata is used both for a value and for a map or list"
)

// unflatten makes a nested map of a flat one, whose entries it may change. It
// refuses what sops takes for index 0: an index that is no number.
func (d *Document) unflatten(flat *Node) (*Node, error) {
	root := &branch{node: &Node{Kind: Map, Key: MetadataKey, Pos: flat.Pos, KeyPos: flat.KeyPos}}
	var lists []*branch
	for _, entry := range flat.Items {
		if entry.Kind == Comment {
			continue
		}
		if entry.BadKey || isBranch(entry.Kind) {
			return nil, d.badMetadata(entry, "a value in the sops metadata is a map or list, but the format has no maps or lists")
		}
		key := entry.Key
		if d.Format == Dotenv {
			key = key[len(metadataPrefix):]
		} else {
			entry.Text = strings.ReplaceAll(entry.Text, `\n`, "\n")
		}
		steps, msg := flatSteps(key)
		if msg != "" {
			return nil, d.badMetadata(entry, msg)
		}
		at := root
		for i, s := range steps {
			kind, last := entry.Kind, i+1 == len(steps)
			if !last {
				kind = Map
				if steps[i+1].isList {
					kind = List
				}
			}
			next := at.children[s.key]
			switch {
			case next == nil:
				next = at.add(s, kind, entry)
				if kind == List {
					lists = append(lists, next)
				}
			case last && !isBranch(next.node.Kind):
				return nil, d.badMetadata(entry, metadataTwice)
			case last || next.node.Kind != kind:
				return nil, d.badMetadata(entry, metadataMixed)
			}
			at = next
		}
	}
	for _, list := range lists {
		if !list.inOrder() {
			return nil, d.badMetadata(list.node, "items of a list in the sops metadata are missing")
		}
	}
	return root.node, nil
}

// add puts a child below b. For a value, entry itself becomes it.
func (b *branch) add(s step, kind Kind, entry *Node) *branch {
	n := entry
	if isBranch(kind) {
		n = &Node{Kind: kind, Pos: entry.Pos, KeyPos: entry.KeyPos}
	}
	child := &branch{node: n, index: s.index}
	if b.children == nil {
		b.children = map[string]*branch{}
	}
	b.children[s.key] = child
	if n.Key = s.key; s.isList {
		n.Key = ""
	}
	b.node.Items = append(b.node.Items, n)
	return child
}

// inOrder sorts the items of a list by their index. It reports false if an
// index is missing.
func (b *branch) inOrder() bool {
	items := b.node.Items
	for _, child := range b.children {
		if child.index >= len(items) {
			return false
		}
		items[child.index] = child.node
	}
	return true
}

// flatSteps takes a flat key apart. The key of a step that is an index is the
// index as it is written, which has one spelling.
func flatSteps(key string) ([]step, string) {
	var steps []step
	isList := false
	for {
		end, token := nextToken(key)
		s := step{key: key[:end], isList: isList}
		if isList {
			index, err := strconv.ParseUint(s.key, 10, 31)
			if err != nil || strconv.FormatUint(index, 10) != s.key {
				return nil, "an index in the sops metadata is not a number"
			}
			s.index = int(index)
		}
		steps = append(steps, s)
		if token == "" {
			return steps, ""
		}
		if len(steps) > maxMetadataDepth {
			return nil, "the sops metadata nests too deep"
		}
		isList = token == listToken
		key = key[end+len(token):]
	}
}

// maxMetadataDepth is far more than the 6 levels that sops uses.
const maxMetadataDepth = 64

// nextToken finds the first separator in a flat key. Without one it returns
// the whole length.
func nextToken(key string) (int, string) {
	end, token := len(key), ""
	if i := strings.Index(key, mapToken); i >= 0 {
		end, token = i, mapToken
	}
	if i := strings.Index(key[:end], listToken); i >= 0 {
		end, token = i, listToken
	}
	return end, token
}
