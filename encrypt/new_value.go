package encrypt

import (
	"encoding/json"
	"errors"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// NewValue is a value that Document.Set puts into a file, made by ParseValue. It
// can be set more than once.
type NewValue struct{ node *document.Node }

var (
	errNoValue = errors.New("there is no value to set")
	errNoJSON  = errors.New("the value is not valid JSON")
	errNumber  = errors.New("the value is, or contains, a number that is too large for a float")
)

// ParseValue reads a value to set: any JSON value. Integers stay integers. No
// error quotes it.
func ParseValue(data []byte) (NewValue, error) {
	// A list or a scalar is no document: wrapped in an object each is.
	wrapped := append(append([]byte(`{"value":`), data...), '}')
	tree, err := document.Parse(document.JSON, wrapped, document.ParseOptions{})
	var outOfRange *json.UnmarshalTypeError
	switch {
	case err != nil && errors.As(json.Unmarshal(data, new(any)), &outOfRange):
		return NewValue{}, errNumber
	case err != nil, len(tree.Roots[0].Items) != 1, !json.Valid(data):
		return NewValue{}, errNoJSON
	}
	for _, l := range tree.Losses {
		if l.Loss == document.Changed {
			return NewValue{}, errors.New("the value " + l.What)
		}
	}
	value := tree.Roots[0].Items[0]
	value.Key = ""
	return NewValue{value}, nil
}
