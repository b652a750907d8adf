package document

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// yamlText turns the source into a string of UTF-8, from UTF-16 if a byte
// order mark says so, and refuses what YAML 1.1 (section 5.1) does not allow.
func yamlText(src []byte) (string, error) {
	switch {
	case bytes.HasPrefix(src, []byte("\xff\xfe")):
		return yamlFromUTF16(src[2:], 1, 0)
	case bytes.HasPrefix(src, []byte("\xfe\xff")):
		return yamlFromUTF16(src[2:], 0, 1)
	}
	text := textOf(src)
	if i, msg := badYAMLChar(text); i >= 0 {
		return "", yamlErrorAt(text, i, msg)
	}
	return text, nil
}

func yamlFromUTF16(src []byte, high, low int) (string, error) {
	if len(src)%2 != 0 {
		return "", yamlError(Pos{}, "it ends in half a UTF-16 character")
	}
	var b strings.Builder
	b.Grow(len(src))
	for i := 0; i < len(src); i += 2 {
		r := rune(src[i+high])<<8 | rune(src[i+low])
		if utf16.IsSurrogate(r) {
			var r2 rune
			if i += 2; i < len(src) {
				r2 = rune(src[i+high])<<8 | rune(src[i+low])
			}
			if r = utf16.DecodeRune(r, r2); r == utf8.RuneError {
				return "", yamlErrorAt(b.String(), b.Len(), "a UTF-16 character is incomplete")
			}
		}
		b.WriteRune(r)
	}
	text := b.String()
	if i, msg := badYAMLChar(text); i >= 0 {
		return "", yamlErrorAt(text, i, msg)
	}
	return text, nil
}

// badYAMLChar returns the offset of the first character that may not stand in
// a YAML source, and what is wrong with it; -1 if there is none.
func badYAMLChar(s string) (int, string) {
	const control = "control characters are not allowed"
	for i := 0; i < len(s); {
		c := s[i]
		if isPlainASCII[c] {
			i = skipPrintable(s, i+1)
			continue
		}
		if c < utf8.RuneSelf {
			return i, control
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, "it is not UTF-8"
		case r == 0x85, r >= 0xa0 && r <= 0xfffd, r >= 0x10000:
			i += size
		default:
			return i, control
		}
	}
	return -1, ""
}

// skipPrintable returns the offset, from i, of the first word of eight bytes
// that holds anything but printable ASCII.
func skipPrintable(s string, i int) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// A byte below 0x20 borrows, one from 0x7f on carries, into its high bit.
		if (w|(w-0x20*each)|(w+each))&high != 0 {
			break
		}
	}
	return i
}

// isPlainASCII holds the bytes below 0x80 that may stand in a YAML source.
var isPlainASCII = func() (t [256]bool) {
	for c := ' '; c <= '~'; c++ {
		t[c] = true
	}
	t['\n'], t['\t'], t['\r'] = true, true, true
	return t
}()

// yamlErrorAt is a SyntaxError at an offset of the text.
func yamlErrorAt(text string, offset int, msg string) *SyntaxError {
	line := 1 + strings.Count(text[:offset], "\n")
	col := offset - strings.LastIndexByte(text[:offset], '\n')
	return yamlError(Pos{uint32(line), uint32(col)}, msg)
}

func yamlError(pos Pos, msg string) *SyntaxError {
	return &SyntaxError{Format: YAML, Pos: pos, Msg: msg}
}
