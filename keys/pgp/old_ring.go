package pgp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	// The package is frozen, and reads what GnuPG 2.0 and older wrote: keys of RSA and
	// ElGamal. Its successor brings elliptic curves, whose tables are made at each start.
	"golang.org/x/crypto/openpgp"       //nolint:staticcheck // see above
	"golang.org/x/crypto/openpgp/armor" //nolint:staticcheck // see above

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
)

// maxRing bounds a key ring.
const maxRing = 64 << 20

var errPassphrase = errors.New("the secret key has a passphrase")

// encryptByRing encrypts for a key of pubring.gpg.
func (g gnupg) encryptByRing(fingerprint string, dataKey []byte) ([]byte, error) {
	ring, err := g.ring("pubring.gpg")
	if err != nil {
		return nil, noProgram(err)
	}
	for _, entity := range ring {
		if strings.EqualFold(hex.EncodeToString(entity.PrimaryKey.Fingerprint[:]), fingerprint) {
			return encryptTo(entity, dataKey)
		}
	}
	return nil, noProgram(os.ErrNotExist)
}

// Of a key that says not what its owner can read, the library expects CAST5 and
// RIPEMD-160 (RFC 4880, sections 9.2 and 9.4). Each GnuPG since 2001 reads these.
const (
	aes128 = 7
	sha256 = 8
)

func encryptTo(entity *openpgp.Entity, dataKey []byte) ([]byte, error) {
	for _, id := range entity.Identities {
		if sig := id.SelfSignature; len(sig.PreferredSymmetric) == 0 {
			sig.PreferredSymmetric = []uint8{aes128}
		}
		if sig := id.SelfSignature; len(sig.PreferredHash) == 0 {
			sig.PreferredHash = []uint8{sha256}
		}
	}
	var out bytes.Buffer
	text, err := armor.Encode(&out, "PGP MESSAGE", nil)
	if err != nil {
		return nil, noProgram(err)
	}
	w, err := openpgp.Encrypt(text, []*openpgp.Entity{entity}, nil, &openpgp.FileHints{IsBinary: true}, nil)
	if err != nil {
		return nil, noProgram(err)
	}
	for _, step := range []func() error{
		func() error { _, err := w.Write(dataKey); return err },
		w.Close,
		text.Close,
	} {
		if err := step(); err != nil {
			return nil, noProgram(err)
		}
	}
	return out.Bytes(), nil
}

// decryptByRing decrypts by a key of secring.gpg that has no passphrase.
func (g gnupg) decryptByRing(message string) ([]byte, error) {
	ring, err := g.ring("secring.gpg")
	if err != nil {
		return nil, noProgram(err)
	}
	block, err := armor.Decode(strings.NewReader(message))
	if err != nil {
		return nil, &call.Error{Failure: call.BadKey, Service: serviceName, Text: "the wrapped data key is not a PGP message", Err: err}
	}
	opened, err := openpgp.ReadMessage(block.Body, ring, func([]openpgp.Key, bool) ([]byte, error) { return nil, errPassphrase }, nil)
	if err != nil {
		return nil, noProgram(err)
	}
	dataKey, err := bounded.Read(opened.UnverifiedBody, maxEnc)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, noProgram(err)
	}
	return dataKey, nil
}

func (g gnupg) ring(name string) (openpgp.EntityList, error) {
	home := g.getenv("GNUPGHOME")
	if home == "" {
		user := g.getenv("HOME")
		if user == "" {
			return nil, os.ErrNotExist
		}
		home = filepath.Join(user, ".gnupg")
	}
	data, err := bounded.ReadFile(filepath.Join(home, name), maxRing)
	if err != nil {
		return nil, err
	}
	return openpgp.ReadKeyRing(bytes.NewReader(data))
}

// noProgram is why a key ring was of no help, either.
func noProgram(err error) error {
	return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "the program was not found, and no old key ring without a passphrase serves instead", Err: err}
}
