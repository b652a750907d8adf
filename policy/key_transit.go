package policy

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// TransitKey is a key of the transit engine of Vault or OpenBao
// (https://developer.hashicorp.com/vault/api-docs/secret/transit).
type TransitKey struct {
	Address string // URL of the server, without a path
	Engine  string // where the engine is mounted; it may hold slashes
	Name    string
}

// String returns ADDRESS/v1/ENGINE/keys/NAME, which is the ID of a [Key].
func (k TransitKey) String() string {
	return k.Address + "/v1/" + k.Engine + "/keys/" + k.Name
}

var errTransitKey = errors.New("it must have the form https://HOST:PORT/v1/ENGINE/keys/NAME")

// ParseTransitKey reads ADDRESS/v1/ENGINE/keys/NAME. As in sops, the address must not have a path. Errors do not
// quote the text.
func ParseTransitKey(s string) (TransitKey, error) {
	address, rest, found := strings.Cut(s, "/v1/")
	i := strings.LastIndex(rest, "/keys/")
	if !found || i < 0 {
		return TransitKey{}, errTransitKey
	}
	return newTransitKey(address, rest[:i], rest[i+len("/keys/"):])
}

// readTransitURI reads a URI of a policy or a flag. As in sops, the version may be any (v2), the word before the name
// may be any, and slashes may follow.
func readTransitURI(s string) (TransitKey, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || strings.ContainsAny(s, "?#%") {
		return TransitKey{}, errTransitKey
	}
	dirs := strings.Split(strings.TrimRight(strings.TrimPrefix(u.Path, "/"), "/"), "/")
	n := len(dirs)
	if n < 4 || !isVersion(dirs[0]) {
		return TransitKey{}, errTransitKey
	}
	u.Path = ""
	return newTransitKey(u.String(), strings.Join(dirs[1:n-2], "/"), dirs[n-1])
}

func newTransitKey(address, engine, name string) (TransitKey, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !PlainURL(u) || strings.ContainsAny(address, "?#") || strings.Trim(u.Path, "/") != "" {
		return TransitKey{}, errTransitKey
	}
	dirs := append(strings.Split(engine, "/"), "keys", name)
	for i, dir := range dirs {
		if !text.IsWord(dir, 256, "._-") || isVersion(dir) && len(dirs)-i > 3 { // sops takes what is before it for a prefix
			return TransitKey{}, errTransitKey
		}
	}
	return TransitKey{strings.TrimRight(address, "/"), engine, name}, nil
}

func isVersion(dir string) bool {
	digits, ok := strings.CutPrefix(dir, "v")
	return ok && text.IsDigits(digits)
}
