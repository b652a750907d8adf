package encrypt

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/policy"
)

// paperKeys is a key service for keys of every type that "wraps" by writing
// the key's name before the data key, in the form that real wrapped keys have. It
// notes what it was asked, and refuses what it is told to refuse.
type paperKeys struct {
	mu         sync.Mutex
	wraps      []string // IDs, in the order of the questions
	unwraps    []string
	refuse     []string // IDs that it cannot unwrap
	refuseWrap []string
	prefer     []string
}

var errPaper = errors.New("the paper is not here")

// paperHeader is that of an age file whose stanza and MAC are noise.
const paperHeader = "age-encryption.org/v1\n-> X25519 " + paperNoise + "\n" + paperNoise + "\n--- " + paperNoise + "\n"

const paperNoise = "4fYcCkgWd7W3pZ1rGkTz9sVh0bXqLmNa8eUoRjDy5Qs"

func (p *paperKeys) Wrap(_ context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wraps = append(p.wraps, key.ID)
	if slices.Contains(p.refuseWrap, key.ID) {
		return Wrapped{}, errPaper
	}
	return Wrapped{Key: key, Enc: onPaper(key, dataKey)}, nil
}

func onPaper(key policy.Key, dataKey []byte) string {
	raw := append([]byte(key.ID+"\n"), dataKey...)
	raw = veil(append(raw, byte(crc32.ChecksumIEEE(raw))))
	switch key.Type {
	case policy.Age:
		return "-----BEGIN AGE ENCRYPTED FILE-----\n" + base64.StdEncoding.EncodeToString(append([]byte(paperHeader), raw...)) + "\n-----END AGE ENCRYPTED FILE-----\n"
	case policy.PGP:
		return "-----BEGIN PGP MESSAGE-----\n\n" + base64.StdEncoding.EncodeToString(append([]byte{0x85}, raw...)) + "\n-----END PGP MESSAGE-----\n"
	case policy.AzureVault:
		return base64.RawURLEncoding.EncodeToString(raw)
	case policy.VaultKey:
		return "vault:v1:" + base64.StdEncoding.EncodeToString(raw)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// offPaper takes back what onPaper did; nil if it cannot.
func offPaper(w Wrapped) []byte {
	enc := w.Enc
	if _, rest, ok := strings.Cut(enc, "-----\n"); ok {
		enc, _, _ = strings.Cut(rest, "-----END")
		enc = strings.ReplaceAll(enc, "\n", "")
	}
	coding := base64.StdEncoding
	if w.Key.Type == policy.AzureVault {
		coding = base64.RawURLEncoding
	}
	raw, err := coding.DecodeString(strings.TrimPrefix(enc, "vault:v1:"))
	if err != nil {
		return nil
	}
	switch w.Key.Type {
	case policy.Age:
		raw = bytes.TrimPrefix(raw, []byte(paperHeader))
	case policy.PGP:
		raw = bytes.TrimPrefix(raw, []byte{0x85})
	}
	return veil(raw)
}

// veil makes of text what is none, and back.
func veil(b []byte) []byte {
	for i := range b {
		b[i] ^= 0xa5
	}
	return b
}

func (p *paperKeys) Unwrap(_ context.Context, w Wrapped) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwraps = append(p.unwraps, w.Key.ID)
	if slices.Contains(p.refuse, w.Key.ID) {
		return nil, errPaper
	}
	raw := offPaper(w)
	if len(raw) == 0 {
		return nil, errors.New("the paper is torn")
	}
	raw, sum := raw[:len(raw)-1], raw[len(raw)-1]
	part, ok := bytes.CutPrefix(raw, []byte(w.Key.ID+"\n"))
	if !ok || byte(crc32.ChecksumIEEE(raw)) != sum {
		return nil, errors.New("the paper is torn")
	}
	return part, nil
}

func (p *paperKeys) Prefers(key policy.Key) bool { return slices.Contains(p.prefer, key.ID) }

// forget clears the notes.
func (p *paperKeys) forget() { p.wraps, p.unwraps = nil, nil }
