package document

import "strings"

// parseDotenv reads lines of the form key=value, as sops does: a line that
// begins with # is a comment, \n within a value is a line break, all else is
// data. It differs on purpose where every line ends in CRLF, which sops keeps
// in the values or trips over, and where a plaintext begins with a byte order
// mark, which sops takes for a part of the first name.
func parseDotenv(src []byte, opts ParseOptions) (*Document, error) {
	text := textOf(src)
	d := &Document{Format: Dotenv}
	if strings.HasPrefix(text, byteOrderMark) && !opts.Sealed {
		text = strings.TrimLeft(text, byteOrderMark)
		d.Losses = []LossAt{{Loss: Respelt, Pos: Pos{1, 1}, What: "it begins with a byte order mark, which would be dropped"}}
	}
	root := &Node{Kind: Map, Pos: Pos{1, 1}}
	d.Roots = []*Node{root}
	crlf := allCRLF(text)
	if crlf {
		d.Losses = append(d.Losses, LossAt{Loss: Respelt, Pos: Pos{1, 1}, What: crlfRespelt})
	}
	lines := strings.Count(text, "\n") + 1
	var slab nodeSlab
	slab.expect(lines)
	root.Items = make([]*Node, 0, min(lines, 1<<16))
	for number := uint32(1); text != ""; number++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if crlf {
			line = strings.TrimRight(line, "\r") // twice converted, it may have two
		}
		if line == "" {
			continue
		}
		n := slab.node()
		n.KeyPos = Pos{number, 1}
		if line[0] == '#' {
			n.Kind, n.Text, n.Pos = Comment, line[1:], n.KeyPos
		} else {
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				return nil, &SyntaxError{Format: Dotenv, Pos: Pos{Line: number}, Msg: "the line has no '='"}
			}
			n.Kind, n.Key = String, key
			n.Text = strings.ReplaceAll(value, `\n`, "\n")
			n.Pos = Pos{number, uint32(len(key)) + 2}
		}
		root.Items = append(root.Items, n)
	}
	return d, nil
}

const byteOrderMark = "\ufeff"

const crlfRespelt = "its lines end in CRLF and would be written with LF"

// allCRLF reports whether every line that is not empty ends in CRLF. The last
// may lack its end, or the LF of it.
func allCRLF(text string) bool {
	found := false
	for text != "" {
		line, rest, ended := strings.Cut(text, "\n")
		if strings.HasSuffix(line, "\r") {
			found = found || ended || line != "\r"
		} else if ended && line != "" {
			return false
		}
		text = rest
	}
	return found
}

// encodeDotenv writes the tree as sops's store does, but null as an
// empty value. It refuses keys that could not be read back.
func (d *Document) encodeDotenv() ([]byte, error) {
	root, err := d.onlyRoot(Dotenv)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, item := range root.Items {
		size += len(item.Key) + len(item.Text) + 2
	}
	out := make([]byte, 0, size)
	for _, item := range root.Items {
		if item.Kind == Comment {
			out = append(append(out, '#'), strings.ReplaceAll(item.Text, "\n", "\n#")...)
			out = append(out, '\n')
			continue
		}
		fail := func(msg string) error {
			return &EncodeError{Format: Dotenv, Path: stepsPath([]step{{key: item.Key}}), Msg: msg}
		}
		switch {
		case item.BadKey:
			return nil, fail("its key is not a string")
		case strings.ContainsAny(item.Key, "=\n"), strings.HasPrefix(item.Key, "#"):
			return nil, fail("its key holds '=' or a line break, or begins with '#'")
		}
		value, ok := plainText(item)
		if !ok {
			return nil, fail(cannotHold(item))
		}
		if len(out) == 0 && strings.HasPrefix(item.Key, byteOrderMark) {
			out = append(out, '\n') // first in the file it would be dropped
		}
		out = append(append(out, item.Key...), '=')
		out = append(append(out, strings.ReplaceAll(value, "\n", `\n`)...), '\n')
	}
	return out, nil
}
