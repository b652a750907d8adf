package document

import (
	"slices"
	"strings"
)

// encodeINI writes the tree in the layout of gopkg.in/ini.v1: the equal signs
// of a section in one column, a blank line between sections, comments above
// what they belong to. Where that layout would read back otherwise, a value or
// key is quoted in another way or refused.
func (d *Document) encodeINI() ([]byte, error) {
	root, err := d.onlyRoot(INI)
	if err != nil {
		return nil, err
	}
	w := &iniWriter{}
	sections := make([]*Node, 0, len(root.Items))
	for _, n := range root.Items {
		if n.Kind != Comment {
			sections = append(sections, n)
		}
	}
	for i, section := range sections {
		w.section = section.Key
		items, err := w.header(i, section)
		if err != nil {
			return nil, err
		}
		wrote, err := w.entries(items)
		if err != nil {
			return nil, err
		}
		if i+1 < len(sections) && (wrote || i > 0 || section.Key != iniDefault) {
			w.out = append(w.out, '\n')
		}
	}
	return w.out, nil
}

// isINIFile reports whether a map can be a file: all in it are sections.
func isINIFile(n *Node) bool {
	for _, item := range n.Items {
		if item.Kind != Map && item.Kind != Comment {
			return false
		}
	}
	return true
}

// encodeINISection writes the entries of one section without its name.
func encodeINISection(n *Node) ([]byte, error) {
	w := &iniWriter{bare: true}
	_, err := w.entries(w.above(n.Items))
	return w.out, err
}

type iniWriter struct {
	out     []byte
	section string
	bare    bool // there is no section
	keys    keyTable
}

func (w *iniWriter) fail(key, msg string) error {
	var steps []step
	if !w.bare {
		steps = append(steps, step{key: w.section})
	}
	if key != "" {
		steps = append(steps, step{key: key})
	}
	return &EncodeError{Format: INI, Path: stepsPath(steps), Msg: msg}
}

// header writes what stands above a section's entries, and returns those. The
// default section has no name where it comes first.
func (w *iniWriter) header(i int, section *Node) ([]*Node, error) {
	switch {
	case section.BadKey:
		return nil, w.fail("", "a section's name is not a string")
	case section.Kind != Map:
		return nil, w.fail("", "it is not a map; an INI file has only sections at the top, which hold keys and values")
	case section.Key == "", strings.Contains(section.Key, "\n"):
		return nil, w.fail("", "a section's name is empty or holds a line break")
	}
	items := w.above(section.Items)
	if i > 0 || section.Key != iniDefault {
		w.out = append(append(append(w.out, '['), section.Key...), "]\n"...)
	}
	return items, nil
}

// above writes the comments that stand before the first entry, and returns the
// rest.
func (w *iniWriter) above(items []*Node) []*Node {
	for len(items) > 0 && items[0].Kind == Comment {
		w.comment(items[0].Text, false)
		items = items[1:]
	}
	return items
}

// comment writes a comment, of one line or several.
func (w *iniWriter) comment(text string, trim bool) {
	for line := range strings.SplitSeq(text, "\n") {
		if trim {
			line = strings.TrimSpace(line)
		}
		switch {
		case line == "": // where sops panics, or drops the comment
			w.out = append(w.out, ';')
		case line[0] == '#' || line[0] == ';':
			w.out = append(w.out, line[0], ' ')
			w.out = append(w.out, strings.TrimSpace(line[1:])...)
		default:
			w.out = append(append(w.out, "; "...), line...)
		}
		w.out = append(w.out, '\n')
	}
}

// entries writes keys and values, and reports whether there were any. The
// comments behind a key are its own and go above it.
func (w *iniWriter) entries(items []*Node) (bool, error) {
	names := make([]string, len(items))
	align, count, size := 0, 0, 0
	if n := w.keys.twice(items); n != nil {
		return false, w.fail(n.Key, "its name occurs twice in its section")
	}
	for i, n := range items {
		if n.Kind == Comment {
			continue
		}
		name, msg := iniName(n)
		if len(w.out) == 0 && count == 0 && name == n.Key && beginsWithBOM(name) {
			name = "`" + name + "`" // bare it would be dropped at the start of a file
		}
		if msg != "" {
			return false, w.fail(n.Key, msg)
		}
		names[i] = name
		align = max(align, len(name))
		count++
		size += len(name) + len(n.Text) + len(" = \n")
	}
	// One very long key among many would make the output quadratic.
	if padding := align * count; padding > 1<<20+16*size {
		align = 0
	} else {
		size += padding
	}
	w.out = slices.Grow(w.out, size)
	for i, n := range items {
		if n.Kind == Comment {
			continue
		}
		for _, c := range items[i+1:] {
			if c.Kind != Comment {
				break
			}
			w.comment(c.Text, true)
		}
		text, ok := plainText(n)
		if !ok {
			return false, w.fail(n.Key, cannotHold(n))
		}
		w.out = append(w.out, names[i]...)
		w.out = appendBlanks(w.out, max(0, align-len(names[i])))
		w.out = append(w.out, " = "...)
		if !w.value(text) {
			return false, w.fail(n.Key, "it cannot be quoted in INI so that it reads back the same")
		}
		w.out = append(w.out, '\n')
	}
	return count > 0, nil
}

// iniName spells the name of a key, or says why it cannot.
func iniName(n *Node) (name, msg string) {
	key := n.Key
	switch {
	case n.BadKey:
		return "", "its name is not a string"
	case key == "" || key == "-" || strings.Contains(key, "\n") || strings.TrimSpace(key) != key:
		return "", `its name is empty or "-", holds a line break, or has blanks at an end`
	case !strings.ContainsAny(key, `"`+iniDelimiters+"`") && strings.IndexByte("#;[", key[0]) < 0:
		return key, ""
	case !strings.Contains(key, "`"):
		return "`" + key + "`", ""
	case strings.Index(key+`"""`, `"""`) == len(key):
		return `"""` + key + `"""`, ""
	}
	return "", "its name holds quotes of every kind"
}

func beginsWithBOM(s string) bool {
	return strings.HasPrefix(s, "\ufeff") || strings.HasPrefix(s, "\xff\xfe") || strings.HasPrefix(s, "\xfe\xff")
}

// value writes a value in the form that ini.v1 gives it, if that reads back;
// else in backquotes or """, which read back more. It reports false if neither
// does.
func (w *iniWriter) value(v string) bool {
	quote := "`"
	firstLines := v[:strings.LastIndexByte(v, '\n')+1]
	back, hash := strings.Contains(v, "`"), strings.Contains(v, "#") || strings.Contains(v, ";")
	blank := strings.TrimSpace(v) != v
	switch {
	case back || firstLines != "":
		quote = `"""`
		if closesEarly(firstLines, quote) {
			quote = "`"
		}
	case hash:
	case blank && !strings.Contains(v, `"`):
		quote = `"`
	case !blank && readsBare(v):
		quote = ""
	}
	if quote == "`" && closesEarly(firstLines, quote) {
		return false
	}
	w.out = append(append(append(w.out, quote...), v...), quote...)
	return true
}

// closesEarly reports whether a value in backquotes or """ would end before its
// last line: at a line that holds such quotes, unless that is continued by a
// backslash and not the first.
func closesEarly(lines, quote string) bool {
	if !strings.Contains(lines, quote) {
		return false
	}
	first := true
	for line := range strings.SplitSeq(lines, "\n") {
		i := strings.LastIndex(line, quote)
		if i >= 0 && (first || !strings.HasSuffix(strings.TrimSpace(line[i+len(quote):]), `\`)) {
			return true
		}
		first = false
	}
	return false
}

// readsBare reports whether a value without blanks at its ends, line breaks,
// backquotes and comment signs means itself without quotes.
func readsBare(v string) bool {
	if v == "" {
		return true
	}
	if v[len(v)-1] == '\\' || strings.HasPrefix(v, `"""`) {
		return false
	}
	n := len(v)
	return !(n >= 2 && (v[0] == '"' || v[0] == '\'') && strings.IndexByte(v[1:], v[0]) == n-2)
}
