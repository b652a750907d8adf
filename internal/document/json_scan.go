package document

import (
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A word of eight bytes is searched at once (Bit Twiddling Hacks, "Determine
// if a word has a byte equal to n"): most of a large value is base64.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// has sets the top bit of each byte of w that equals c. A byte above the first
// such one may be marked too.
func has(w uint64, c byte) uint64 {
	x := w ^ ones*uint64(c)
	return (x - ones) &^ x & tops
}

// word takes the eight bytes of s from i on.
func word(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// odd marks the bytes of w that are control characters, quotes, backslashes or
// not ASCII.
func odd(w uint64) uint64 {
	return (w-ones*0x20)&^w&tops | w&tops | has(w, '"') | has(w, '\\')
}

// jsonPlain returns the offset, from i on, of the first byte that is a control
// character, a quote, a backslash or not ASCII.
func jsonPlain(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		if m := odd(word(s, i)); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// jsonSafe is jsonPlain that also stops at what encoding/json escapes for the
// sake of HTML.
func jsonSafe(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		w := word(s, i)
		if m := odd(w) | has(w, '<') | has(w, '>') | has(w, '&'); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\', '<', '>', '&':
			return i
		default:
			if c < 0x20 || c >= utf8.RuneSelf {
				return i
			}
		}
	}
	return i
}

// str reads a string, from its opening quote. Without escapes it aliases the
// source.
func (r *jsonReader) str() (string, error) {
	start := r.at + 1
	escapes := false
	for i := start; ; {
		i = jsonPlain(r.text, i)
		r.at = i
		if i == len(r.text) {
			return "", r.fail("it ends within a string; it may be truncated")
		}
		switch c := r.text[i]; {
		case c == '"':
			r.at++
			if escapes {
				return jsonUnescape(r.text[start:i]), nil
			}
			return r.text[start:i], nil
		case c == '\\':
			n, msg := jsonEscape(r.text[i:])
			if msg != "" {
				return "", r.fail(msg)
			}
			escapes = true
			i += n
		case c < 0x20:
			return "", r.fail("there is a control character in a string; it must be escaped")
		default:
			char, n := utf8.DecodeRuneInString(r.text[i:])
			if char == utf8.RuneError && n == 1 {
				return "", r.fail("a string is not valid UTF-8")
			}
			i += n
		}
	}
}

// jsonEscape returns the length of the escape that s begins with, or what is
// wrong with it.
func jsonEscape(s string) (int, string) {
	if len(s) < 2 {
		return 0, "it ends within a string; it may be truncated"
	}
	if s[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s[1]) < 0 {
			return 0, "a string holds an unknown escape"
		}
		return 2, ""
	}
	char, ok := jsonHex(s)
	switch {
	case !ok:
		return 0, "an escape in a string does not have four hexadecimal digits"
	case !utf16.IsSurrogate(char):
		return 6, ""
	}
	if low, ok := jsonHex(s[6:]); ok && utf16.DecodeRune(char, low) != utf8.RuneError {
		return 12, ""
	}
	return 0, "an escape in a string is half of a surrogate pair and names no character"
}

// jsonHex reads \uXXXX.
func jsonHex(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var char rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		char = char<<4 | rune(c)
	}
	return char, true
}

// jsonUnescape resolves the escapes of a string that str found valid.
func jsonUnescape(s string) string {
	out := make([]byte, 0, len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			return textOf(append(out, s...))
		}
		out = append(out, s[:i]...)
		s = s[i:]
		n := 2
		switch c := s[1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			char, _ := jsonHex(s)
			if n = 6; utf16.IsSurrogate(char) {
				low, _ := jsonHex(s[6:])
				char, n = utf16.DecodeRune(char, low), 12
			}
			out = utf8.AppendRune(out, char)
		default:
			out = append(out, c)
		}
		s = s[n:]
	}
}
