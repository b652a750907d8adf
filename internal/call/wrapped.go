package call

import (
	"encoding/base64"
	"errors"
)

var errWrapped = errors.New("the wrapped data key is not base64 of a sensible length")

// DecodeWrapped decodes a data key that a key service wrapped: of limit letters at
// most, and not empty. It is checked before anything is sent.
func DecodeWrapped(coding *base64.Encoding, enc string, limit int) ([]byte, error) {
	if len(enc) > limit {
		return nil, errWrapped
	}
	b, err := coding.DecodeString(enc)
	if err != nil || len(b) == 0 {
		return nil, errWrapped
	}
	return b, nil
}
