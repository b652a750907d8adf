// Package copies tells, without any key, whether a plaintext holds what a sealed file hides: by the names of its
// values, where they stand and how long they are.
package copies

import (
	"bytes"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/scan"
)

// Shape is what a sealed file shows of its plaintext without any key: where its values stand, and how long they are.
type Shape struct {
	Path   string
	file   encrypt.File
	values []hiddenValue
}

type hiddenValue struct {
	path   string // as in set
	name   string // of the value, for people
	names  []string
	typ    string
	length int
	item   bool   // of a list
	secret bool   // its name says so
	word   string // the longest of its name
}

// ShapeOf takes the shape of a file; nil if it is not sealed, or holds nothing that is.
func ShapeOf(path string, src []byte) *Shape {
	if !bytes.Contains(src, []byte("ENC[AES256_GCM,")) {
		return nil
	}
	s := &Shape{Path: path, file: encrypt.FileAt(path)}
	sealed, err := encrypt.Parse(s.file, src)
	if err != nil {
		return nil
	}
	all, err := sealed.Values()
	if err != nil {
		return nil
	}
	for _, v := range all {
		if !v.Encrypted || v.Length == 0 {
			continue
		}
		h := hiddenValue{path: v.Path.String(), typ: v.Type, length: v.Length}
		h.name, h.names = namesOf(v.Path)
		h.word = longestWord(h.name)
		h.secret = scan.SecretName(h.name)
		_, h.item = v.Path[len(v.Path)-1].(int)
		s.values = append(s.values, h)
	}
	if len(s.values) == 0 {
		return nil
	}
	return s
}

// namesOf gives the last name on a path, and how other formats may spell it: alone, and joined with those above it, in
// letters and digits.
func namesOf(path encrypt.Path) (last string, spellings []string) {
	var all []string
	for _, step := range path {
		if name, ok := step.(string); ok {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	last = all[len(all)-1]
	spellings = []string{plainName(last)}
	if joined := plainName(strings.Join(all, "")); joined != spellings[0] {
		spellings = append(spellings, joined)
	}
	return last, spellings
}

// longestWord is the longest part of a name that other spellings of it keep together: password of DB_PASSWORD, and of
// dbPassword.
func longestWord(name string) string {
	longest, start := "", 0
	for i := 0; i <= len(name); i++ {
		capital := i > start && i < len(name) && name[i] >= 'A' && name[i] <= 'Z' && (name[i-1] < 'A' || name[i-1] > 'Z')
		if i == len(name) || capital || plainName(name[i:i+1]) == "" {
			if word := plainName(name[start:i]); len(word) > len(longest) {
				longest = word
			}
			start = i
		}
	}
	return longest
}

// plainName is a name in small letters and digits: DB_PASSWORD and db.password are one.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r < 0x80 && (r < '0' || r > '9') && (r < 'a' || r > 'z'):
			return -1
		}
		return r
	}, s)
}

// shown is a value of a plaintext.
type shown struct {
	typ, text string
	length    int // as it would be encrypted
	taken     bool
}

// shownValues are the values of a plaintext, by where they stand and how long they are: by path, or by name.
type shownValues struct {
	by    map[shownKey][]*shown
	real  map[string]bool // a value stands there that is not an example
	lines bool            // of lines, not of a tree
}

type shownKey struct {
	place  string
	length int
}

func newShown() *shownValues {
	return &shownValues{by: map[shownKey][]*shown{}, real: map[string]bool{}}
}

func (v *shownValues) add(place string, s *shown) {
	if place != "" {
		k := shownKey{place, s.length}
		v.by[k] = append(v.by[k], s)
		v.real[place] = v.real[place] || !scan.Example(s.text)
	}
}

// match is how far a plaintext agrees with a shape.
type match struct {
	same    int  // values of the same length that are not examples
	wrong   int  // that are missing, or of another length
	secrets int  // of the wrong ones: those whose names say that they are secret
	bytes   int  // of those that are the same
	telling bool // one of those can hardly be the same by chance
}

// compare holds values against a shape. places gives where a value may stand, typed is whether types have to agree. An
// example as long as the secret speaks neither for a copy nor against it, nor do items of lists in lines, where they
// have no name.
func (s *Shape) compare(values *shownValues, typed bool, places func(*hiddenValue) []string) match {
	var m match
	var used []*shown
	starts := map[shownKey]int{}
	for i := range s.values {
		h := &s.values[i]
		found := values.take(h, typed, places(h), starts)
		if found == nil && h.item && values.lines {
			continue
		}
		if found == nil {
			if m.wrong++; h.secret {
				m.secrets++
			}
			continue
		}
		used = append(used, found)
		if !scan.Example(found.text) {
			m.same++
			m.bytes += h.length
			m.telling = m.telling || scan.Telling(h.name, found.text)
		}
	}
	for _, v := range used {
		v.taken = false
	}
	return m
}

// take takes a value of the length that a hidden one has, each once. starts is where those that are free begin.
func (v *shownValues) take(h *hiddenValue, typed bool, places []string, starts map[shownKey]int) *shown {
	for _, place := range places {
		k := shownKey{place, h.length}
		list := v.by[k]
		i := starts[k]
		for i < len(list) && list[i].taken {
			i++
		}
		starts[k] = i
		for _, s := range list[i:min(len(list), i+maxTries)] {
			if !s.taken && (!typed || s.typ == h.typ) {
				s.taken = true
				return s
			}
		}
	}
	return nil
}

// maxTries is how many values of one name and one length are looked at for one that is free.
const maxTries = 100

// LeastCopied is how many bytes of values make a copy.
const LeastCopied = 16

// isCopy reports whether all but a few values are the same: one in five may differ where the file's name says that it
// is another state of the sealed one; elsewhere one in ten, and no secret, for two environments have much in common.
func (m match) isCopy(sameName bool) bool {
	all := m.same + m.wrong
	if !m.telling || m.bytes < LeastCopied {
		return false
	}
	if sameName {
		return m.wrong*5 <= all
	}
	return m.wrong*10 <= all && m.secrets == 0
}
