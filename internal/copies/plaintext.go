package copies

import (
	"bytes"
	"path"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
)

// Plaintext is a file in the clear, read in every way that a shape asks for.
type Plaintext struct {
	Path  string
	Src   []byte
	trees map[string]*shownTree // by format
	lines *shownValues
	plain string // what its names are looked for in, before it is parsed
}

type shownTree struct{ paths, names *shownValues }

// maxCompared is how large a plaintext is compared with sealed files at all.
const maxCompared = 32 << 20

// maxTree is how large a plaintext is read as a tree to be compared.
const maxTree = 8 << 20

// mayHold reports whether the plaintext has words of the names of a shape at all, all but one in five. It costs little,
// and most files do not.
func (p *Plaintext) mayHold(s *Shape) bool {
	if len(p.Src) > maxCompared {
		return false
	}
	if p.plain == "" {
		p.plain = plainName(string(p.Src))
	}
	missing := 0
	for i := range s.values {
		h := &s.values[i]
		if !h.item && !strings.Contains(p.plain, h.word) {
			if missing++; missing*5 > len(s.values) {
				return false
			}
		}
	}
	return true
}

// hasNames reports whether the plaintext has values at four in five of the paths that the shape has, half of them as
// long: some were edited on the way. One name in common is chance, unless the file is called the same.
func (p *Plaintext) hasNames(s *Shape) bool {
	if !p.mayHold(s) {
		return false
	}
	t := p.tree(encrypt.FileAt(p.Path))
	if t == nil {
		return false
	}
	names, found, same := map[string]bool{}, 0, 0
	for i := range s.values {
		h := &s.values[i]
		if names[h.path] {
			continue
		}
		names[h.path] = true
		if t.paths.real[h.path] {
			if found++; len(t.paths.by[shownKey{h.path, h.length}]) > 0 {
				same++
			}
		}
	}
	return found*5 >= len(names)*4 && same*2 >= found && (found > 1 || path.Base(s.Path) == path.Base(p.Path))
}

// Holds reports whether a plaintext holds what the shape hides: by names where the file is new, by names and lengths
// anywhere.
func (p *Plaintext) Holds(s *Shape, isNew bool) bool { return isNew && p.hasNames(s) || p.Copies(s) }

// Copies reports whether the plaintext holds what the shape hides: at the same paths, under the same names in another
// format or place, or in lines of text.
func (p *Plaintext) Copies(s *Shape) bool {
	same := CoreName(p.Path) == CoreName(s.Path)
	if s.file.IsBinary() {
		return same && s.values[0].length >= LeastCopied && len(p.Src) == s.values[0].length
	}
	if !p.mayHold(s) {
		return false
	}
	for _, file := range []encrypt.File{encrypt.FileAt(p.Path), s.file} {
		t := p.tree(file)
		if t == nil {
			continue
		}
		typed := file.Input == s.file.Input
		if s.compare(t.paths, typed, func(h *hiddenValue) []string { return []string{h.path} }).isCopy(same) ||
			s.compare(t.names, false, func(h *hiddenValue) []string { return h.names }).isCopy(same) {
			return true
		}
	}
	if p.lines == nil {
		p.lines = lineValues(p.Src)
	}
	return s.compare(p.lines, false, func(h *hiddenValue) []string { return h.names }).isCopy(same)
}

// tree reads the plaintext in a format; nil if it is not in it.
func (p *Plaintext) tree(file encrypt.File) *shownTree {
	if file.IsBinary() || len(p.Src) > maxTree {
		return nil
	}
	key := file.Input.String()
	if t, ok := p.trees[key]; ok {
		return t
	}
	if p.trees == nil {
		p.trees = map[string]*shownTree{}
	}
	p.trees[key] = nil
	plain, err := encrypt.ParsePlain(file, p.Src)
	if err != nil {
		return nil
	}
	all, err := plain.Values(nil)
	if err != nil {
		return nil
	}
	t := &shownTree{newShown(), newShown()}
	for _, v := range all {
		if v.Length == 0 {
			continue
		}
		s := &shown{typ: v.Type, text: v.Text, length: v.Length}
		t.paths.add(v.Path.String(), s)
		_, names := namesOf(v.Path)
		for _, name := range names {
			t.names.add(name, s)
		}
	}
	p.trees[key] = t
	return t
}

// maxLine is how long a line may be that is read for a name and a value.
const maxLine = 64 << 10

// lineValues reads the names and values of any text, line by line: name: value, name=value, "name": "value". NULs end
// lines too, as in the swap files of vim.
func lineValues(src []byte) *shownValues {
	values := newShown()
	values.lines = true
	called := "" // by the line before: name: PASSWORD, above value: …
	for len(src) > 0 {
		line := src
		if i := bytes.IndexAny(src, "\n\x00\r"); i >= 0 {
			line, src = src[:i], src[i+1:]
		} else {
			src = nil
		}
		if len(line) > maxLine {
			continue
		}
		above := called
		called = ""
		lineReadings(string(line), func(name, value string) {
			if value[0] == '|' {
				value = blockAt(value, line, src)
			}
			s := &shown{text: value, length: len(value)}
			values.add(plainName(name), s)
			switch plainName(name) {
			case "name", "key":
				called = value
			case "value":
				values.add(plainName(above), s)
			}
		})
	}
	return values
}

// lineReadings gives each name and value that a line may mean: of ENV PASSWORD=x and Environment="PASSWORD=x" PASSWORD
// too, and of {user: "u", password: "x"} both.
func lineReadings(line string, give func(name, value string)) {
	both := func(part string) (value string) {
		name, value, ok := lineValue(part)
		if !ok {
			return ""
		}
		give(name, value)
		if i := strings.LastIndexAny(name, " \t\"'"); i >= 0 {
			give(name[i+1:], value)
		}
		return value
	}
	if value := both(line); strings.ContainsAny(value, ":=") {
		both(value)
	}
	if i := strings.IndexByte(line, '{'); i >= 0 {
		for part := range strings.SplitSeq(strings.Trim(line[i:], "{}()[]; \t"), ",") {
			both(part)
		}
	}
}

// blockAt reads the block of YAML that follows a line: what is indented deeper.
func blockAt(sign string, line, rest []byte) string {
	depth := func(b []byte) int { return len(b) - len(bytes.TrimLeft(b, " ")) }
	var text []byte
	indent := -1
	for l := range bytes.Lines(rest) {
		if len(text) > maxLine {
			break
		}
		if bare := bytes.TrimRight(l, "\r\n"); len(bytes.TrimSpace(bare)) > 0 {
			if depth(l) <= depth(line) {
				break
			}
			if indent < 0 {
				indent = depth(l)
			}
			text = append(text, bare[min(indent, depth(l)):]...)
		}
		text = append(text, '\n')
	}
	value := strings.TrimRight(string(text), "\n")
	if !strings.HasPrefix(sign, "|-") {
		value += "\n"
	}
	return value
}

// lineValue reads one line: what stands before and behind the first colon or sign of equality; where there is none, the
// first two cells of a table, or of <name>value</name> both.
func lineValue(line string) (name, value string, ok bool) {
	line = strings.TrimPrefix(strings.TrimLeft(line, " \t-#;/>|+"), "export ")
	if tag, rest, ok := strings.Cut(strings.TrimPrefix(line, "<"), ">"); ok && len(tag) < len(line)-1 && line[0] == '<' {
		value, _, _ = strings.Cut(rest, "</")
		return tag, value, tag != "" && value != ""
	}
	i := strings.IndexAny(line, ":=")
	around := ""
	if i < 0 {
		i, around = strings.IndexAny(line, "|,\t "), "| "
	}
	if i <= 0 || i > 256 {
		return "", "", false
	}
	name, value = strings.Trim(line[:i], " \t\"'"), strings.TrimSpace(strings.TrimLeft(line[i+1:], ":=> \t"))
	value = strings.TrimRight(strings.TrimSuffix(strings.Trim(value, around), ` \`), ", ")
	if rest := strings.TrimSuffix(value, ";"); strings.HasSuffix(rest, `"`) || strings.HasSuffix(rest, "'") {
		value = rest // the end of a statement
	}
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = value[1 : n-1]
	}
	return name, value, name != "" && value != ""
}
