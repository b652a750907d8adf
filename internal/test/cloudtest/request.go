package cloudtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"io"
	"net/http"
)

// maxBody bounds requests; KMS takes 4 kB of plaintext.
const maxBody = 1 << 20

func ReadBody(r *http.Request) ([]byte, bool) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r.Body, maxBody+1))
	r.Body = io.NopCloser(bytes.NewReader(b.Bytes())) // for a fault that quotes it
	return b.Bytes(), err == nil && n <= maxBody
}

func RandomName(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base32.StdEncoding.EncodeToString(b)[:n]
}

func Same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func NewAEAD() cipher.AEAD {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length is right
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}
