package encrypt

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"slices"
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

const paperHeader = "age-encryption.org/v1\n"

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
	raw := append([]byte(paperHeader+key.ID+"\n"), dataKey...)
	raw = append(raw, byte(crc32.ChecksumIEEE(raw)))
	enc := base64.StdEncoding.EncodeToString(raw)
	switch key.Type {
	case policy.Age:
		return "-----BEGIN AGE ENCRYPTED FILE-----\n" + enc + "\n-----END AGE ENCRYPTED FILE-----\n"
	case policy.PGP:
		return "-----BEGIN PGP MESSAGE-----\n" + enc + "\n-----END PGP MESSAGE-----\n"
	}
	return enc
}

func (p *paperKeys) Unwrap(_ context.Context, w Wrapped) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwraps = append(p.unwraps, w.Key.ID)
	if slices.Contains(p.refuse, w.Key.ID) {
		return nil, errPaper
	}
	enc := w.Enc
	if _, rest, ok := bytes.Cut([]byte(enc), []byte("-----\n")); ok {
		body, _, _ := bytes.Cut(rest, []byte("\n-----"))
		enc = string(body)
	}
	raw, err := base64.StdEncoding.DecodeString(enc)
	if err != nil || len(raw) == 0 {
		return nil, errors.New("the paper is torn")
	}
	raw, sum := raw[:len(raw)-1], raw[len(raw)-1]
	part, ok := bytes.CutPrefix(raw, []byte(paperHeader+w.Key.ID+"\n"))
	if !ok || byte(crc32.ChecksumIEEE(raw)) != sum {
		return nil, errors.New("the paper is torn")
	}
	return part, nil
}

func (p *paperKeys) Prefers(key policy.Key) bool { return slices.Contains(p.prefer, key.ID) }

// forget clears the notes.
func (p *paperKeys) forget() { p.wraps, p.unwraps = nil, nil }
