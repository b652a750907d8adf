package awstest

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// KeyState is the state of a key.
type KeyState string

// The states that the KMS knows.
const (
	Enabled         KeyState = "Enabled"
	Disabled        KeyState = "Disabled"
	PendingDeletion KeyState = "PendingDeletion"
)

// kmsKey is a symmetric key.
type kmsKey struct {
	arn   string
	aead  cipher.AEAD
	state KeyState
	// allow says who may do what; nil lets everybody.
	allow func(principal, operation string) bool
}

func newKMSKey(arn string) *kmsKey {
	return &kmsKey{arn: arn, aead: cloudtest.NewAEAD(), state: Enabled}
}

// blobMagic begins each ciphertext blob.
const blobMagic = "\x01kms\x00"

// seal makes a ciphertext blob, which carries the key's ARN. The encryption
// context is additional data.
func (k *kmsKey) seal(plaintext []byte, context map[string]string) []byte {
	blob := append([]byte(blobMagic), byte(len(k.arn)>>8), byte(len(k.arn)))
	blob = append(blob, k.arn...)
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce)
	blob = append(blob, nonce...)
	return k.aead.Seal(blob, nonce, plaintext, contextBytes(context))
}

func (k *kmsKey) open(sealed []byte, context map[string]string) ([]byte, bool) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, false
	}
	plaintext, err := k.aead.Open(nil, sealed[:n], sealed[n:], contextBytes(context))
	return plaintext, err == nil
}

// splitBlob reads the ARN from a blob.
func splitBlob(blob []byte) (arn string, sealed []byte, ok bool) {
	rest, ok := strings.CutPrefix(string(blob), blobMagic)
	if !ok || len(rest) < 2 {
		return "", nil, false
	}
	n := int(rest[0])<<8 | int(rest[1])
	if len(rest) < 2+n {
		return "", nil, false
	}
	return rest[2 : 2+n], []byte(rest[2+n:]), true
}

func contextBytes(context map[string]string) []byte {
	if len(context) == 0 {
		return nil
	}
	b, err := json.Marshal(context) // sorted by name
	if err != nil {
		panic(err) // strings can be encoded
	}
	return b
}
