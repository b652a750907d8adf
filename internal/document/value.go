package document

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// EncodeValue writes one value as sops's --extract prints it in format f:
// the bare text of a string, a map as a file of its own, anything else as the
// format spells it. The result may alias n.
func EncodeValue(f Format, n *Node, style Style) ([]byte, error) {
	switch {
	case n.Kind == String:
		return bytesOf(n.Text), nil
	case n.Kind == Map && f == INI && !isINIFile(n):
		return encodeINISection(n)
	case n.Kind == Map:
		return (&Document{Format: f, Roots: []*Node{n}}).Encode(f, style)
	}
	switch f {
	case YAML:
		return encodeYAMLValue(n, style)
	case JSON:
		return encodeJSONValue(n, style)
	case INI:
		out, err := encodeJSONLine(n)
		if e := (*EncodeError)(nil); errors.As(err, &e) {
			e.Format = INI
		}
		return out, err
	case Dotenv:
		text, ok := plainText(n)
		if !ok {
			return nil, &EncodeError{Format: Dotenv, Msg: "the format has no lists"}
		}
		return []byte(text), nil
	}
	return nil, &EncodeError{Format: Binary, Msg: "a binary file has no parts to extract"}
}

// plainText spells a scalar for the formats that know only strings. Null is
// empty there; sops writes <nil>. It reports false for what is no scalar.
func plainText(n *Node) (string, bool) {
	switch n.Kind {
	case Null:
		return "", true
	case String:
		return n.Text, true
	case Int:
		return strconv.FormatInt(n.Int, 10), true
	case Float:
		text := strconv.FormatFloat(n.Float, 'G', -1, 64)
		if !strings.ContainsAny(text, ".E") {
			text = strconv.FormatFloat(n.Float, 'f', 1, 64) // not to look like an integer
		}
		return text, true
	case Bool:
		return strconv.FormatBool(n.Bool), true
	case Time:
		return n.Time.Format(time.RFC3339), true
	}
	return "", false
}

// cannotHold names what a flat format has no place for.
func cannotHold(n *Node) string {
	switch n.Kind {
	case Map:
		return "it is a map, but the format has no maps there"
	case List:
		return "it is a list, but the format has no lists"
	}
	return "it is of a type that the format does not have"
}
