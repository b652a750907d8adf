package encrypt

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
	"unsafe"
)

const (
	dataKeySize = 32 // bytes; AES-256
	nonceSize   = 32 // bytes; what sops writes, hashed to a counter block by GCM
	tagSize     = 16 // bytes
)

const (
	encPrefix = "ENC[AES256_GCM,data:"
	encIV     = ",iv:"
	encTag    = ",tag:"
	encType   = ",type:"
)

// strictBase64 refuses the second spellings of one text that the plain
// encoding accepts.
var strictBase64 = base64.StdEncoding.Strict()

// valueCipher encrypts and decrypts the values of one file. It is not safe for
// concurrent use.
//
// A value is ENC[AES256_GCM,data:…,iv:…,tag:…,type:…], the four parts in
// base64, with the path to the value as additional data (sops, README, "Encryption
// protocol").
type valueCipher struct {
	block cipher.Block
	aead  cipher.AEAD // for nonces of nonceSize
	buf   []byte      // scratch for ciphertext on its way to base64
}

func newValueCipher(dataKey []byte) (*valueCipher, error) {
	if len(dataKey) != dataKeySize {
		return nil, errors.New("the data key is not 32 bytes long")
	}
	block, err := aes.NewCipher(dataKey)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithNonceSize(block, nonceSize)
	if err != nil {
		return nil, err
	}
	return &valueCipher{block: block, aead: aead}, nil
}

// base64Chunk is how much ciphertext is turned to base64 at a time; a multiple
// of 3.
const base64Chunk = 48 << 10

// seal encrypts plain, whose type tag is typ. The result is one string of the
// final size; no second copy of a large value is made on the way.
func (c *valueCipher) seal(plain string, typ string, nonce, aad []byte) string {
	enc := base64.StdEncoding
	dataLen := enc.EncodedLen(len(plain))
	total := len(encPrefix) + dataLen +
		len(encIV) + enc.EncodedLen(len(nonce)) +
		len(encTag) + enc.EncodedLen(tagSize) +
		len(encType) + len(typ) + 1
	// GCM needs room for ciphertext and tag. It is the end of the result,
	// which base64 overtakes only when it is done; small values use scratch.
	out := make([]byte, total)
	var sealed []byte
	if len(plain) <= base64Chunk {
		if cap(c.buf) < len(plain)+tagSize {
			c.buf = make([]byte, 0, max(512, len(plain)+tagSize))
		}
		sealed = c.aead.Seal(c.buf[:0], nonce, bytesOf(plain), aad)
	} else {
		at := total - len(plain) - tagSize
		sealed = c.aead.Seal(out[at:at:total], nonce, bytesOf(plain), aad)
	}
	var tag [tagSize]byte
	copy(tag[:], sealed[len(plain):])
	sealed = sealed[:len(plain)]

	n := copy(out, encPrefix)
	if len(plain) <= base64Chunk {
		enc.Encode(out[n:], sealed)
		n += dataLen
	} else {
		chunk := make([]byte, base64Chunk)
		for len(sealed) > 0 {
			m := copy(chunk, sealed)
			sealed = sealed[m:]
			enc.Encode(out[n:], chunk[:m])
			n += enc.EncodedLen(m)
		}
	}
	n += copy(out[n:], encIV)
	enc.Encode(out[n:], nonce)
	n += enc.EncodedLen(len(nonce))
	n += copy(out[n:], encTag)
	enc.Encode(out[n:], tag[:])
	n += enc.EncodedLen(tagSize)
	n += copy(out[n:], encType)
	n += copy(out[n:], typ)
	out[n] = ']'
	return stringOf(out)
}

// sealedValue is a value as a file holds it, taken apart but still in base64.
type sealedValue struct{ data, iv, tag, typ string }

// isSealed reports whether a string of a file claims to be ciphertext.
func isSealed(s string) bool { return strings.HasPrefix(s, "ENC[") }

// parseSealed takes a ciphertext apart. It is stricter than sops, which
// ignores what follows the closing bracket.
func parseSealed(s string) (v sealedValue, ok bool) {
	rest, ok := strings.CutPrefix(s, encPrefix)
	if !ok || !strings.HasSuffix(rest, "]") {
		return v, false
	}
	rest = rest[:len(rest)-1]
	// The short parts stand at the end: a long value is not searched.
	if rest, v.typ, ok = cutLast(rest, encType); !ok {
		return v, false
	}
	if rest, v.tag, ok = cutLast(rest, encTag); !ok {
		return v, false
	}
	if v.data, v.iv, ok = cutLast(rest, encIV); !ok {
		return v, false
	}
	return v, v.data != "" && len(v.iv) <= 1024 && len(v.tag) == base64.StdEncoding.EncodedLen(tagSize)
}

// cutLast cuts s at its last comma, where mark must stand.
func cutLast(s, mark string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ',')
	if i < 0 || !strings.HasPrefix(s[i:], mark) {
		return "", "", false
	}
	return s[:i], s[i+len(mark):], true
}

var (
	errForm = errors.New("is not ciphertext of the form ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]")
	errAuth = errors.New("cannot be decrypted: it was changed, truncated, moved here from another key, or encrypted with another data key")
)

// open decrypts a ciphertext and returns the plaintext with its type tag.
func (c *valueCipher) open(s string, aad []byte) (plain, typ string, err error) {
	v, ok := parseSealed(s)
	if !ok {
		return "", "", errForm
	}
	var ivBuf [nonceSize]byte
	iv, ok := decodeBase64(ivBuf[:0], v.iv)
	if !ok || len(iv) == 0 {
		return "", "", errForm
	}
	buf := make([]byte, 0, base64.StdEncoding.DecodedLen(len(v.data))+tagSize)
	buf, ok = decodeBase64(buf, v.data)
	if !ok {
		return "", "", errForm
	}
	n := len(buf)
	buf, ok = decodeBase64(buf, v.tag)
	if !ok || len(buf) != n+tagSize {
		return "", "", errForm
	}
	aead := c.aead
	if len(iv) != nonceSize {
		if aead, err = cipher.NewGCMWithNonceSize(c.block, len(iv)); err != nil {
			return "", "", errForm
		}
	}
	out, err := aead.Open(buf[:0], iv, buf, aad)
	if err != nil {
		return "", "", errAuth
	}
	return stringOf(out), v.typ, nil
}

// nonceOf returns the nonce of a ciphertext.
func nonceOf(s string) ([]byte, bool) {
	v, ok := parseSealed(s)
	if !ok {
		return nil, false
	}
	return decodeBase64(nil, v.iv)
}

// decodeBase64 appends the decoded s to dst. It refuses line breaks, which the
// standard decoder skips.
func decodeBase64(dst []byte, s string) ([]byte, bool) {
	if s == "" || len(s)%4 != 0 {
		return dst, false
	}
	want := len(dst) + len(s)/4*3 - strings.Count(s[len(s)-2:], "=")
	dst, err := strictBase64.AppendDecode(dst, bytesOf(s))
	return dst, err == nil && len(dst) == want
}

// bytesOf and stringOf convert without a copy. Nothing here writes to the
// bytes of a string, nor to bytes after they became one.
func bytesOf(s string) []byte  { return unsafe.Slice(unsafe.StringData(s), len(s)) }
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
