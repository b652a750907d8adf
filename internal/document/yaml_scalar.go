package document

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// kindWords name the type of a key that is no string.
var kindWords = [...]string{
	Null: "null", String: "string", Int: "integer", Float: "float", Bool: "boolean", Time: "timestamp", Other: "integer",
}

const bigInteger = "integer above 9223372036854775807"

// scalar reads a scalar node as the library decodes it into an any.
func (r *yamlReader) scalar(into *Node, n *yaml.Node) error {
	tagged := n.Style&yaml.TaggedStyle != 0
	if n.Tag == "!!str" {
		into.Kind, into.Text = String, n.Value
		if tagged {
			r.loseTag(into, true, into.Pos)
		}
		return nil
	}
	if !tagged && n.Style == 0 {
		if loss, what := plainScalar(into, n.Value); loss != Kept {
			r.lose(into, loss, into.Pos, what)
		}
	} else {
		if err := decodeScalar(into, n); err != nil {
			return yamlError(into.Pos, "a tag does not fit its value")
		}
		if tagged {
			r.loseTag(into, keepsType(into, n.Tag), into.Pos)
		}
	}
	if into.Kind == Other && r.opts.AllowLossy {
		into.Kind, into.Text = String, n.Value
	}
	return nil
}

// keepsType reports whether a tagged value has its type without the tag too.
// Whole floats below a million are written as integers; binary data is written
// as such only if it is no text.
func keepsType(n *Node, tag string) bool {
	switch tag {
	case "!!float":
		return n.Float != math.Trunc(n.Float) || math.Abs(n.Float) >= 1e6
	case "!!binary":
		return !utf8.ValidString(n.Text)
	case "!!str", "!!int", "!!bool", "!!null", "!!timestamp":
		return true
	}
	return false
}

// plainScalar reads a plain scalar without a tag and says what it loses.
func plainScalar(into *Node, s string) (Loss, string) {
	if !mayResolve(s) {
		into.Kind, into.Text = String, s
		return Kept, ""
	}
	if i, ok := plainInt(s); ok {
		into.Kind, into.Int = Int, i
		return Kept, ""
	}
	switch s {
	case "", "~", "null", "Null", "NULL":
		into.Kind = Null
		return Kept, ""
	case "true", "false":
		into.Kind, into.Bool = Bool, s == "true"
		return Kept, ""
	}
	n := yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if err := decodeScalar(into, &n); err != nil { // cannot be: there is no tag that could fail
		into.Kind, into.Text = String, s
		return Kept, ""
	}
	switch into.Kind {
	case String, Null:
		return Kept, ""
	case Other:
		return Changed, "is an integer beyond 64 bits, which sops cannot store"
	case Float:
		if isDigits(s) {
			return Changed, "is an integer beyond 64 bits and would lose digits"
		}
	}
	if plainSpelling(into) == s {
		return Kept, ""
	}
	return Respelt, respeltWords[into.Kind]
}

var respeltWords = [...]string{
	Int:   "is an integer that would be written in its plain decimal form",
	Float: "is a number that would be written in its shortest form",
	Bool:  "is a truth value that would be written in lower case",
	Time:  "is a date that would be written as a full timestamp",
}

// decodeScalar asks the library.
func decodeScalar(into *Node, n *yaml.Node) error {
	var v any
	if err := n.Decode(&v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		into.Kind = Null
	case string:
		into.Kind, into.Text = String, v
	case int:
		into.Kind, into.Int = Int, int64(v)
	case int64:
		into.Kind, into.Int = Int, v
	case float64:
		into.Kind, into.Float = Float, v
	case bool:
		into.Kind, into.Bool = Bool, v
	case time.Time:
		into.Kind, into.Time = Time, &v
	default:
		into.Kind, into.Text = Other, bigInteger
	}
	return nil
}

// mayResolve reports whether a plain scalar could be anything but a string:
// by its first character, as the library's own table has it.
func mayResolve(s string) bool {
	if s == "" {
		return true
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.':
		for i := 1; i < len(s); i++ {
			if !inNumber[s[i]] {
				return (c == '+' || c == '-' || c == '.') && len(s) <= len("+.inf")
			}
		}
		return true
	case c == '~':
		return len(s) == 1
	case c == 'y' || c == 'Y' || c == 'n' || c == 'N' || c == 't' || c == 'T' || c == 'f' || c == 'F' || c == 'o' || c == 'O':
		return len(s) <= 5
	}
	return false
}

// inNumber holds the characters that a number or a timestamp may be made of.
var inNumber = func() (t [256]bool) {
	for _, c := range "0123456789abcdefABCDEFxXoO_+-.:tTzZpP " {
		t[c] = true
	}
	return t
}()

// plainInt reads an integer that is spelt as it would be written.
func plainInt(s string) (int64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && s != "0" {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
	}
	i, err := strconv.ParseInt(s, 10, 64)
	return i, err == nil
}

// isDigits reports whether s is a decimal integer, with or without a sign and
// the underscores that YAML 1.1 allows.
func isDigits(s string) bool {
	s = strings.TrimLeft(s, "+-")
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

// plainSpelling is how the library writes a value that is neither string, map
// nor list.
func plainSpelling(n *Node) string {
	switch n.Kind {
	case Int:
		return strconv.FormatInt(n.Int, 10)
	case Float:
		switch s := strconv.FormatFloat(n.Float, 'g', -1, 64); s {
		case "+Inf":
			return ".inf"
		case "-Inf":
			return "-.inf"
		case "NaN":
			return ".nan"
		default:
			return s
		}
	case Bool:
		return strconv.FormatBool(n.Bool)
	case Time:
		return n.Time.Format(time.RFC3339Nano)
	default:
		return "null"
	}
}
