package identity

import (
	"bytes"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// parse reads identities, one a line (with words, one a word), or an age file
// that holds such lines behind a passphrase. One bad line disables all, as in
// sops.
func (s *Finder) parse(source string, text []byte, words bool) ([]Held, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch {
	case bytes.HasPrefix(text, []byte("-----BEGIN AGE")):
		binary, err := bounded.Read(armor.NewReader(bytes.NewReader(text)), maxFile)
		if err != nil {
			return nil, &placeError{source: source, msg: "is not an intact armored age file"}
		}
		return s.locked(source, binary), nil
	case bytes.HasPrefix(text, []byte("age-encryption")):
		return s.locked(source, text), nil
	}
	return ParseLines(source, text, words, s.world.UI)
}

// ParseLines reads identities, one a line, or, with words, one a word. source is what
// errors call the place.
func ParseLines(source string, text []byte, words bool, ui *plugin.ClientUI) ([]Held, error) {
	var held []Held
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := []string{line}
		if words {
			parts = strings.Fields(line)
		}
		for _, part := range parts {
			h, msg := parseIdentity(part, ui)
			if msg != "" {
				return nil, &placeError{source: source, line: number, msg: msg}
			}
			h.Source = source
			held = append(held, h)
		}
	}
	return held, nil
}

// parseIdentity reads one identity. Where it is none, msg says why and does
// not quote it.
func parseIdentity(s string, ui *plugin.ClientUI) (h Held, msg string) {
	const malformed = "is a malformed identity: it is mistyped or cut off"
	switch {
	case strings.HasPrefix(s, "AGE-PLUGIN-"):
		id, err := plugin.NewIdentity(s, ui)
		if err != nil {
			return h, malformed
		}
		return Held{Identity: id, Rank: RankPlugin}, ""
	case strings.HasPrefix(s, "AGE-SECRET-KEY-PQ-1"):
		id, err := age.ParseHybridIdentity(s)
		if err != nil {
			return h, malformed
		}
		return Held{Identity: id, Recipient: sync.OnceValue(func() string { return id.Recipient().String() })}, ""
	case strings.HasPrefix(s, "AGE-SECRET-KEY-1"):
		id, err := age.ParseX25519Identity(s)
		if err != nil {
			return h, malformed
		}
		return Held{Identity: id, Recipient: sync.OnceValue(func() string { return id.Recipient().String() })}, ""
	case strings.HasPrefix(s, "age1"), strings.HasPrefix(s, "ssh-"):
		return h, "is a recipient (public key), not an identity"
	case strings.HasPrefix(s, "-----BEGIN"):
		return h, "begins an SSH or other PEM key: name SSH keys in " + EnvAgeSSHKeyFile
	}
	return h, "is not a known type of age identity"
}
