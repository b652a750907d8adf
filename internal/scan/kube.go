package scan

import (
	"bytes"

	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
)

// kubeReach is how far around its kind a Kubernetes Secret is looked at.
const kubeReach = 256 << 10

// kube looks for the values of a Kubernetes Secret in YAML: the entries of data
// and stringData beside its kind. Other kinds, such as SealedSecret, do not match.
func (p *pass) kube(r uint16, start, end int) {
	src := p.t.src
	value := src[end:min(len(src), end+64)]
	if n := bytes.IndexByte(value, '\n'); n >= 0 {
		value = value[:n]
	}
	value, _, _ = bytes.Cut(value, []byte(" #"))
	if string(bytes.Trim(value, " \t\r\"'")) != "Secret" {
		return
	}
	column := 0
	for at := start; at > 0 && src[at-1] != '\n'; at-- {
		if b := src[at-1]; b != ' ' && b != '-' || column > 256 {
			return
		}
		column++
	}
	if start < p.kubeEnd && column == p.kubeColumn {
		return
	}
	from, to := p.kubeObject(start-column, column)
	p.kubeEnd, p.kubeColumn = to, column
	for at := from; at < to; {
		line, next := lineAt(src, at)
		if indent(line) == column {
			name := bytes.TrimLeft(line, " -")
			for _, field := range []string{"data:", "stringData:"} {
				if rest, ok := bytes.CutPrefix(name, []byte(field)); ok {
					next = p.kubeData(r, at+len(line)-len(rest), next, to, column)
				}
			}
		}
		at = next
	}
}

// secretFollows reports whether blanks, perhaps a quote, and "secret" come at i.
func secretFollows(src []byte, i int) bool {
	for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
		i++
	}
	if i < len(src) && (src[i] == '"' || src[i] == '\'') {
		i++
	}
	return len(src)-i >= 6 && bytes.EqualFold(src[i:i+6], []byte("secret"))
}

// kubeObject returns the lines around start that belong to the mapping whose
// names stand in column.
func (p *pass) kubeObject(start, column int) (from, to int) {
	src := p.t.src
	from = start
	for line, _ := lineAt(src, from); from > 0 && start-from < kubeReach && !item(line, column); line, _ = lineAt(src, from) {
		prev := bytes.LastIndexByte(src[max(0, from-1-kubeReach):from-1], '\n') + 1 + max(0, from-1-kubeReach)
		if line, _ := lineAt(src, prev); outside(line, column) && !item(line, column) {
			break
		}
		from = prev
	}
	to = start
	for first := true; to < len(src) && to-start < kubeReach; first = false {
		line, next := lineAt(src, to)
		if !first && (outside(line, column) || item(line, column)) {
			break
		}
		to = next
	}
	return from, to
}

// lineAt returns the line that begins at i, without its end, and where the next begins.
func lineAt(src []byte, i int) (line []byte, next int) {
	n := bytes.IndexByte(src[i:], '\n')
	if n < 0 {
		return src[i:], len(src)
	}
	return bytes.TrimSuffix(src[i:i+n], []byte{'\r'}), i + n + 1
}

// indent is the column of the first name of a line; the dash of an item counts as blank.
func indent(line []byte) int {
	return len(line) - len(bytes.TrimLeft(line, " -"))
}

// blankLine reports whether a line says nothing.
func blankLine(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) == 0 || line[0] == '#' || bytes.HasPrefix(line, []byte("{{")) // a template's own line
}

// outside reports whether a line ends a mapping in column.
func outside(line []byte, column int) bool {
	return bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("...")) || !blankLine(line) && indent(line) < column
}

// item reports whether a line begins an item of a list whose mapping is in column.
func item(line []byte, column int) bool {
	return column >= 2 && len(line) > column && indent(line) == column && bytes.IndexByte(line[:column], '-') >= 0
}

// sealedFlow reports whether all values of a map in braces are ciphertext.
func sealedFlow(rest []byte) bool {
	if !bytes.Contains(rest, []byte("ENC[")) {
		return false
	}
	for len(rest) > 0 {
		i := bytes.IndexByte(rest, ':')
		if i < 0 {
			break
		}
		rest = bytes.TrimLeft(rest[i+1:], " \t\"'")
		n := ciphertext.SOPS(textOf(rest))
		if value, _, _ := bytes.Cut(rest, []byte(",")); n == 0 && len(bytes.Trim(value, "\"'}] \t\r")) > 0 {
			return false
		}
		rest = rest[n:]
	}
	return true
}

// sealedBeforeComment reports whether a value is ciphertext with a comment behind it. The comment is not a value of the
// Secret; all other rules look at it.
func sealedBeforeComment(value []byte) bool {
	n := ciphertext.SOPS(textOf(value))
	rest := bytes.TrimLeft(value[n:], "\"'")
	comment := bytes.TrimLeft(rest, " \t")
	return n > 0 && len(comment) < len(rest) && bytes.HasPrefix(comment, []byte{'#'})
}

// kubeData reports the values of the mapping that begins after a name: flow is
// where the rest of the name's line begins. It returns where it stopped.
func (p *pass) kubeData(r uint16, flow, at, to, column int) int {
	src := p.t.src
	if rest := bytes.TrimSpace(src[flow:at]); len(rest) > 2 && rest[0] == '{' && bytes.IndexByte(rest, ':') >= 0 &&
		!sealedFlow(rest) && !bytes.Contains(rest, []byte("{{")) && !bytes.Contains(rest, []byte("${")) {
		from := flow + bytes.IndexByte(src[flow:at], '{')
		p.report(r, from, from+len(rest))
	}
	child := -1
	for at < to {
		line, next := lineAt(src, at)
		depth := indent(line)
		if blankLine(line) {
			at = next
			continue
		}
		if depth <= column {
			return at
		}
		if child < 0 {
			child = depth
		}
		if depth == child {
			_, value, ok := bytes.Cut(line, []byte(": "))
			if trimmed := bytes.Trim(value, " \t"); ok && len(trimmed) > 0 && (trimmed[0] == '|' || trimmed[0] == '>') {
				at = next
				line, next = lineAt(src, at)
				value = line
			}
			value = bytes.Trim(value, " \t\"'")
			if ok && len(value) > 0 && !reference(value) && !sealedBeforeComment(value) && bytes.IndexByte([]byte("#*!&"), value[0]) < 0 {
				from := at + bytes.LastIndex(line, value)
				p.report(r, from, from+len(value))
			}
		}
		at = next
	}
	return at
}
