package document

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader turns the library's nodes into a tree.
type yamlReader struct {
	opts    ParseOptions
	places  *yamlPlaces
	losses  lossList
	copied  int                // nodes that aliases have brought in
	budget  int                // how many they may
	through []*yaml.Node       // the anchors whose aliases are being written out
	at      Pos                // of the outermost of these aliases
	given   map[string][]*Node // comments that the library gave, by their text
}

// generalParseYAML reads any YAML, through the library.
func generalParseYAML(text string, opts ParseOptions) (d *Document, err error) {
	defer func() {
		if recover() != nil {
			d, err = nil, yamlError(Pos{}, "it cannot be read as YAML")
		}
	}()
	r := &yamlReader{opts: opts, places: newYAMLPlaces(text), budget: len(text) + 10_000}
	cover := (opts.Cover || strings.IndexByte(text, '#') >= 0) && !opts.testOnlyLibrary
	if cover {
		r.given = map[string][]*Node{}
	}
	d = &Document{Format: YAML}
	dec := yaml.NewDecoder(strings.NewReader(text))
	var docs []*yaml.Node
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, yamlSyntax(err)
		}
		root, err := r.document(&doc)
		if err != nil {
			return nil, err
		}
		d.Roots = append(d.Roots, root)
		if cover {
			docs = append(docs, &doc)
		}
	}
	if len(d.Roots) == 0 {
		return nil, yamlError(Pos{}, "it contains only blanks and comments")
	}
	if cover {
		c := coverYAML(text, docs)
		r.keepComments(d, c)
		if opts.Cover {
			d.Strays = c.strays
		}
	}
	d.Losses = r.losses.list
	return d, nil
}

func (r *yamlReader) pos(n *yaml.Node) Pos {
	if len(r.through) > 0 {
		return r.at
	}
	return r.places.at(n.Line, n.Column)
}

func (r *yamlReader) document(doc *yaml.Node) (*Node, error) {
	if len(doc.Content) != 1 {
		return nil, yamlError(r.pos(doc), "a document contains no value")
	}
	top := doc.Content[0]
	root := &Node{Kind: Map, Pos: r.pos(top)}
	head := r.comments(nil, doc.HeadComment, false)
	switch {
	case top.Kind == yaml.MappingNode:
		if err := r.mapping(root, top, true, 1); err != nil {
			return nil, err
		}
	case top.Kind == yaml.ScalarNode && top.ShortTag() == "!!null":
		root.Items = r.comments(root.Items, top.HeadComment, false)
		root.Items = r.comments(root.Items, top.LineComment, false)
		root.Items = r.comments(root.Items, top.FootComment, false)
	case top.Kind == yaml.SequenceNode:
		return nil, yamlError(root.Pos, "the top of a document must be a map, not a list")
	default:
		return nil, yamlError(root.Pos, "the top of a document must be a map, not a single value")
	}
	if head != nil {
		root.Items = append(head, root.Items...)
	}
	root.Items = r.comments(root.Items, doc.FootComment, false)
	return root, nil
}

// value reads n into into; ownComments says that the comments on n itself
// belong within it, if it is a map or a list.
func (r *yamlReader) value(into *Node, n *yaml.Node, ownComments bool, depth int) error {
	if depth > MaxDepth {
		return yamlError(r.pos(n), yamlTooDeep)
	}
	if len(r.through) > 0 {
		if r.copied++; r.copied > r.budget {
			return yamlError(r.at, "its aliases make it much larger than the file")
		}
	}
	if n.Kind != yaml.AliasNode {
		into.Pos = r.pos(n)
		if n.Anchor != "" {
			r.loseName(into, into.Pos, "has an anchor, which would be dropped")
		}
	}
	switch n.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		if n.Style&yaml.TaggedStyle != 0 {
			r.loseTag(into, n.Tag == "!!map" || n.Tag == "!!seq", into.Pos)
		}
		if n.Kind == yaml.MappingNode {
			into.Kind = Map
			return r.mapping(into, n, ownComments, depth)
		}
		into.Kind = List
		return r.sequence(into, n, ownComments, depth)
	case yaml.AliasNode:
		return r.alias(into, n, depth)
	default:
		return r.scalar(into, n)
	}
}

func (r *yamlReader) alias(into *Node, n *yaml.Node, depth int) error {
	for _, t := range r.through {
		if t == n.Alias {
			return yamlError(r.at, "an alias is inside the value that it names")
		}
	}
	if len(r.through) == 0 {
		r.at = r.places.at(n.Line, n.Column)
		r.lose(into, Respelt, r.at, "is an alias and would be written out")
	}
	r.through = append(r.through, n.Alias)
	err := r.value(into, n.Alias, true, depth+1)
	r.through = r.through[:len(r.through)-1]
	return err
}

func (r *yamlReader) sequence(into *Node, n *yaml.Node, ownComments bool, depth int) error {
	items := make([]*Node, 0, len(n.Content))
	if ownComments {
		items = r.comments(items, n.HeadComment, false)
		items = r.comments(items, n.LineComment, false)
	}
	r.losses.push(step{index: -1})
	for _, c := range n.Content {
		items = r.comments(items, c.HeadComment, false)
		items = r.comments(items, c.LineComment, true)
		item := new(Node)
		r.losses.next()
		if err := r.value(item, c, false, depth+1); err != nil {
			return err
		}
		items = append(items, item)
		items = r.comments(items, c.FootComment, false)
	}
	r.losses.pop()
	if ownComments {
		items = r.comments(items, n.FootComment, false)
	}
	into.Items = items
	return nil
}

func (r *yamlReader) mapping(into *Node, n *yaml.Node, ownComments bool, depth int) error {
	items := make([]*Node, 0, len(n.Content)/2)
	if ownComments {
		items = r.comments(items, n.HeadComment, false)
		items = r.comments(items, n.LineComment, false)
	}
	var seen yamlKeys
	r.losses.push(step{})
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		items = r.comments(items, key.HeadComment, false)
		items = r.comments(items, key.LineComment, false)
		plainComments := value.Kind == yaml.ScalarNode || value.Kind == yaml.AliasNode
		if plainComments {
			items = r.comments(items, value.HeadComment, false)
			items = r.comments(items, value.LineComment, true)
		}
		entry := new(Node)
		spelt, err := r.key(entry, key)
		if err != nil {
			return err
		}
		if !seen.add(spelt, len(n.Content)/2) {
			return yamlError(entry.KeyPos, "a key occurs twice in one map")
		}
		if err := r.value(entry, value, !plainComments, depth+1); err != nil {
			return err
		}
		if entry.Merge && !mergeable(value) {
			return yamlError(entry.Pos, "the merge key << requires a map or a list of maps")
		}
		items = append(items, entry)
		if plainComments {
			items = r.comments(items, value.FootComment, false)
		}
		items = r.comments(items, key.FootComment, false)
	}
	r.losses.pop()
	if ownComments {
		items = r.comments(items, n.FootComment, false)
	}
	into.Items = items
	return nil
}

// key reads the key of an entry and returns the text by which it is told from
// the others, as the library does: without its type.
func (r *yamlReader) key(entry *Node, key *yaml.Node) (string, error) {
	entry.KeyPos = r.pos(key)
	k := key
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Kind != yaml.ScalarNode {
		return "", yamlError(entry.KeyPos, "a map or a list is used as a key")
	}
	as := Node{Kind: String, Text: k.Value}
	if k.Tag != "!!str" && !isMergeKey(k) {
		quiet := new(yamlReader)
		if err := quiet.scalar(&as, k); err != nil {
			return "", yamlError(entry.KeyPos, "a tag does not fit its key")
		}
	}
	entry.Key = as.Text
	if as.Kind != String {
		entry.BadKey, entry.Key = true, kindWords[as.Kind]
	}
	entry.Merge = k == key && isMergeKey(k)
	r.losses.key(entry.Key)
	switch {
	case k != key:
		r.lose(entry, Respelt, entry.KeyPos, "has an alias for its key, which would be written out")
	case entry.Merge:
	case k.Style&yaml.TaggedStyle != 0:
		r.lose(entry, lossOfTag(k.Tag == "!!str"), entry.KeyPos, "has a tag on its key, which would be dropped")
	}
	if k == key && k.Anchor != "" {
		r.loseName(entry, entry.KeyPos, "has an anchor on its key, which would be dropped")
	}
	if as.Kind == String {
		return as.Text, nil
	}
	return k.Value, nil
}

func isMergeKey(n *yaml.Node) bool {
	return n.Value == "<<" && n.Tag == "!!merge"
}

// mergeable reports whether a value may stand behind the merge key.
func mergeable(n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			if c.Kind == yaml.AliasNode {
				c = c.Alias
			}
			if c.Kind != yaml.MappingNode {
				return false
			}
		}
		return true
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind == yaml.MappingNode
}

// comments appends the lines of a comment as nodes of their own.
func (r *yamlReader) comments(items []*Node, comment string, inline bool) []*Node {
	for comment != "" {
		line, rest, _ := strings.Cut(comment, "\n")
		if line != "" {
			n := &Node{Kind: Comment, Inline: inline, Text: line[1:]}
			if len(r.through) == 0 && r.given != nil {
				key := commentKey(n.Text)
				r.given[key] = append(r.given[key], n)
			}
			items = append(items, n)
		}
		comment = rest
	}
	return items
}

func (r *yamlReader) loseTag(n *Node, standard bool, pos Pos) {
	r.lose(n, lossOfTag(standard), pos, "has a tag, which would be dropped")
}

func lossOfTag(standard bool) Loss {
	if standard {
		return Respelt
	}
	return Changed
}

// loseName notes the loss of an anchor.
func (r *yamlReader) loseName(n *Node, pos Pos, what string) {
	before := len(r.losses.list)
	r.lose(n, Respelt, pos, what)
	for i := range r.losses.list[before:] {
		r.losses.list[before+i].Name = true
	}
}

// lose notes a loss, unless it was noted at the anchor already.
func (r *yamlReader) lose(n *Node, l Loss, pos Pos, what string) {
	if len(r.through) > 0 {
		return
	}
	n.Loss = max(n.Loss, l)
	r.losses.add(l, pos, what)
}
