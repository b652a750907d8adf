package encrypt

import (
	"errors"
	"strconv"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// The type tags of ciphertexts.
const (
	typeString  = "str"
	typeInt     = "int"
	typeFloat   = "float"
	typeBool    = "bool"
	typeTime    = "time"
	typeComment = "comment"
	typeBytes   = "bytes"
)

// scalarText returns what of a scalar or comment is encrypted and enters the
// MAC, and its type tag.
func scalarText(n *document.Node) (text, typ string, err error) {
	switch n.Kind {
	case document.String:
		return n.Text, typeString, nil
	case document.Comment:
		return n.Text, typeComment, nil
	case document.Int:
		return strconv.FormatInt(n.Int, 10), typeInt, nil
	case document.Float:
		return strconv.FormatFloat(n.Float, 'f', -1, 64), typeFloat, nil
	case document.Bool:
		if n.Bool {
			return "True", typeBool, nil
		}
		return "False", typeBool, nil
	case document.Time:
		b, err := n.Time.MarshalText()
		if err != nil {
			return "", "", errors.New("is a time that cannot be written")
		}
		return string(b), typeTime, nil
	case document.Other:
		return "", "", errors.New("cannot be encrypted: " + n.Text)
	}
	return "", "", errors.New("is of a kind that cannot be encrypted")
}

// setScalar makes n the value that text stands for by its type tag.
func setScalar(n *document.Node, text, typ string) error {
	bad := errors.New("is not a value of the type " + typ + ", which is given for it")
	switch typ {
	case typeString, typeBytes:
		n.Kind, n.Text = document.String, text
	case typeComment:
		n.Kind, n.Text = document.Comment, text
	case typeInt:
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return bad
		}
		n.Kind, n.Int, n.Text = document.Int, v, ""
	case typeFloat:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return bad
		}
		n.Kind, n.Float, n.Text = document.Float, v, ""
	case typeBool:
		v, err := strconv.ParseBool(text)
		if err != nil {
			return bad
		}
		n.Kind, n.Bool, n.Text = document.Bool, v, ""
	case typeTime:
		var v time.Time
		if err := v.UnmarshalText([]byte(text)); err != nil {
			return bad
		}
		n.Kind, n.Time, n.Text = document.Time, &v, ""
	default:
		return errors.New("has an unknown type")
	}
	return nil
}
