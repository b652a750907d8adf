package scan

// Every credential in the tests of this package is made up: random letters
// behind a prefix that is put together here, so that no file holds one whole.

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	alnum  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	bech32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
)

// faker makes credentials that are none.
type faker struct{ *rand.Rand }

func newFaker(seed uint64) faker { return faker{rand.New(rand.NewPCG(seed, 7))} }

func (f faker) of(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[f.IntN(len(alphabet))])
	}
	return b.String()
}

func (f faker) token(n int) string { return f.of(alnum, n) }

func (f faker) github() string { return "gh" + "p_" + f.token(36) }

// password holds a digit, a capital and a small letter.
func (f faker) password() string { return f.token(9) + "x7Q" + f.token(2) }

func (f faker) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(f.Uint32())
	}
	return b
}

func (f faker) base64(n int) string { return base64.StdEncoding.EncodeToString(f.bytes(n)) }

// sops is a value as SOPS encrypts it.
func (f faker) sops(n int) string {
	return fmt.Sprintf("ENC[AES256_GCM,data:%s,iv:%s,tag:%s,type:str]", f.base64(n), f.base64(32), f.base64(16))
}

// pem is a block of n lines with a label.
func (f faker) pem(label string, n int) string { return armored(label, f.bytes(48*n)) }

// armored is raw in an armor.
func armored(label string, raw []byte) string {
	var b strings.Builder
	b.WriteString("-----BEG" + "IN " + label + "-----\n")
	for len(raw) > 0 {
		n := min(48, len(raw))
		b.WriteString(base64.StdEncoding.EncodeToString(raw[:n]) + "\n")
		raw = raw[n:]
	}
	return b.String() + "-----END " + label + "-----\n"
}

// age is an age file, der a certificate as far as its length tells, pgp a message.
func (f faker) age() []byte {
	word := func() string { return base64.RawStdEncoding.EncodeToString(f.bytes(32)) }
	return append([]byte("age-encryption.org/v1\n-> X25519 "+word()+"\n"+word()+"\n--- "+word()+"\n"), f.bytes(64)...)
}

func (f faker) der() []byte { return append([]byte{0x30, 0x82, 0x03, 0xe8}, f.bytes(1000)...) }

func (f faker) pgp() []byte { return append([]byte{0x85}, f.bytes(300)...) }
