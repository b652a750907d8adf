package files

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
)

// parseTreePath reads a path as sops writes it: ["key"]['key'][0]. Within
// quotes anything but `]` behind the closing quote belongs to the key, so that
// keys may hold brackets and quotes.
func parseTreePath(text string) (encrypt.Path, error) {
	var path encrypt.Path
	for rest := strings.TrimSpace(text); rest != ""; {
		if rest[0] != '[' {
			return nil, errors.New(`each step must be in brackets: ["key"] or [0]`)
		}
		rest = rest[1:]
		if rest == "" {
			return nil, errors.New("a bracket is not closed")
		}
		if quote := rest[0]; quote == '"' || quote == '\'' {
			end := strings.Index(rest[1:], string(quote)+"]")
			if end < 0 {
				return nil, fmt.Errorf("a key does not end with %c]", quote)
			}
			path = append(path, rest[1:1+end])
			rest = rest[1+end+2:]
			continue
		}
		index, after, ok := strings.Cut(rest, "]")
		if !ok {
			return nil, errors.New("a bracket is not closed")
		}
		i, err := strconv.Atoi(index)
		if err != nil {
			return nil, fmt.Errorf("%q is not an index; keys must be in quotes", index)
		}
		if i < 0 {
			return nil, fmt.Errorf("%d is a negative index", i)
		}
		path = append(path, i)
		rest = after
	}
	if len(path) == 0 {
		return nil, errors.New("the path is empty")
	}
	return path, nil
}
