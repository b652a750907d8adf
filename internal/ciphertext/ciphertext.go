// Package ciphertext tells what is encrypted from what only looks so, as far as
// can be seen without a key: by its form, by the length of its parts, and by
// what stands in them. Ciphertext is random; text is not.
package ciphertext

import (
	"math/bits"
	"strings"
)

const (
	nonceSize      = 32 // bytes; what sops writes
	shortNonceSize = 12 // what other programs that write sops's files do
	tagSize        = 16
)

// Whole reports whether the parts of a value that SOPS encrypted, still in
// base64, are ciphertext.
func Whole(data, iv, tag, typ string) bool {
	switch typ {
	case "str", "int", "float", "bool", "time", "comment", "bytes":
	default:
		return false
	}
	n := Base64Len(iv)
	return Base64Len(data) > 0 && (n == nonceSize || n == shortNonceSize) && Base64Len(tag) == tagSize &&
		various(iv) && various(tag) && !Readable(data) && !Readable(iv)
}

// SOPS returns the length of the whole ciphertext of SOPS that s begins with; 0
// if there is none.
func SOPS(s string) int {
	var parts [3]string
	at := len("ENC[AES256_GCM")
	if !strings.HasPrefix(s, "ENC[AES256_GCM") {
		return 0
	}
	for i, mark := range []string{",data:", ",iv:", ",tag:"} {
		if !strings.HasPrefix(s[at:], mark) {
			return 0
		}
		at += len(mark)
		from := at
		for at < len(s) && (base64Value[s[at]] >= 0 || s[at] == '=') {
			at++
		}
		parts[i] = s[from:at]
	}
	rest, ok := strings.CutPrefix(s[at:], ",type:")
	typ, _, closed := strings.Cut(rest[:min(len(rest), 16)], "]")
	if !ok || !closed || !Whole(parts[0], parts[1], parts[2], typ) {
		return 0
	}
	return at + len(",type:") + len(typ) + 1
}

// base64Value holds what each letter of base64 stands for (RFC 4648, section
// 4); -1 for what is none.
var base64Value = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = int8(i)
	}
	return t
}()

// Base64Len is the number of bytes that a base64 text stands for, or -1 if it
// is none.
func Base64Len(s string) int {
	if len(s)%4 != 0 {
		return -1
	}
	pad := 0
	for pad < 2 && strings.HasSuffix(s[:len(s)-pad], "=") {
		pad++
	}
	for i := range len(s) - pad {
		if base64Value[s[i]] < 0 {
			return -1
		}
	}
	return len(s)/4*3 - pad
}

// leastReadable is the length of the shortest text that is told from chance
// among 20 random bytes: one in 400 million of them is printable throughout.
const leastReadable = 20

// Readable reports whether a base64 text, which must be one, hides printable
// text. The longer it is, the longer are the printable runs that chance makes.
func Readable(s string) bool {
	n := len(s)/4*3 - strings.Count(s[max(0, len(s)-2):], "=")
	if n < leastReadable {
		return false
	}
	least := leastReadable + bits.Len(uint(n/32))
	// A run of that length holds one of every so many bytes.
	for i := least - 1; i < n; {
		if !printable(byteAt(s, i)) {
			i += least
			continue
		}
		lo, hi := i, i+1
		for lo > 0 && i-lo < least && printable(byteAt(s, lo-1)) {
			lo--
		}
		for hi < n && hi-lo < least && printable(byteAt(s, hi)) {
			hi++
		}
		if hi-lo >= least {
			return true
		}
		i = hi + least
	}
	return false
}

// byteAt decodes one byte.
func byteAt(s string, i int) byte {
	at := i / 3 * 4
	a, b := byte(base64Value[s[at+i%3]]), byte(base64Value[s[at+i%3+1]])
	switch i % 3 {
	case 0:
		return a<<2 | b>>4
	case 1:
		return a<<4 | b>>2
	}
	return a<<6 | b
}

func printable(b byte) bool { return b >= ' ' && b <= '~' || b == '\n' || b == '\r' || b == '\t' }

// various reports whether a base64 text is not the same few letters over and
// over.
func various(s string) bool {
	var seen uint64
	for i := range len(s) {
		if v := base64Value[s[i]]; v >= 0 {
			seen |= 1 << v
		}
	}
	return bits.OnesCount64(seen) >= 7
}
