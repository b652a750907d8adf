package ciphertext

import (
	"encoding/base64"
	"strings"
)

// Age reports whether raw is an age file with nothing in it that is not
// ciphertext, or made of random bytes: https://age-encryption.org/v1.
func Age(raw string) bool {
	rest, ok := strings.CutPrefix(raw, "age-encryption.org/v1\n")
	stanzas := 0
	for ok {
		var line string
		if line, rest, ok = strings.Cut(rest, "\n"); !ok {
			return false
		}
		if mac, last := strings.CutPrefix(line, "--- "); last {
			n, good := rawLen(mac)
			return good && n == 32 && stanzas > 0 && len(rest) >= 32 && !ReadableBytes(rest)
		}
		if stanzas++; stanzas > maxStanzas || !stanzaLine(line) {
			return false
		}
		rest, ok = stanzaBody(rest)
	}
	return false
}

// maxStanzas is far more than a file for one recipient has.
const maxStanzas = 20

// stanzaLine accepts a type and arguments: names and base64.
func stanzaLine(line string) bool {
	words := strings.Split(line, " ")
	if len(words) < 2 || len(words) > 8 || words[0] != "->" {
		return false
	}
	grease := strings.HasSuffix(words[1], "-grease") && len(line) <= 100 // rage's, of any characters
	for _, w := range words[1:] {
		if w == "" || len(w) > 4096 || !grease && strings.ContainsFunc(w, func(r rune) bool {
			return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("+/=_-.", r))
		}) {
			return false
		}
	}
	return len(words[1]) <= 64
}

// stanzaBody passes over the lines of a stanza's body: full ones, and one that
// is not.
func stanzaBody(rest string) (string, bool) {
	const full = 64
	body := ""
	for {
		line, after, ok := strings.Cut(rest, "\n")
		if !ok || len(line) > full {
			return rest, false
		}
		body, rest = body+line, after
		if len(body) > 64<<10 {
			return rest, false
		}
		if len(line) < full {
			raw, err := base64.RawStdEncoding.Strict().DecodeString(body)
			return rest, err == nil && !ReadableBytes(string(raw))
		}
	}
}

// rawLen is how many bytes an unpadded base64 text stands for.
func rawLen(s string) (int, bool) {
	raw, err := base64.RawStdEncoding.Strict().DecodeString(s)
	return len(raw), err == nil && !strings.ContainsAny(s, "\r\n")
}

// ReadableBytes is Readable for bytes that are not in base64.
func ReadableBytes(raw string) bool {
	return Readable(base64.StdEncoding.EncodeToString([]byte(raw)))
}

// PGP reports whether raw is an OpenPGP message that begins with a session key
// for somebody or for a passphrase (RFC 4880, sections 4.2, 5.1 and 5.3), and
// not with what anybody can read.
func PGP(raw string) bool {
	tag := pgpTag(raw)
	return (tag == 1 || tag == 3) && len(raw) >= 64 && !ReadableBytes(raw)
}

// pgpTag is the kind of the first packet of an OpenPGP message; -1 if raw is
// none.
func pgpTag(raw string) int {
	switch {
	case len(raw) == 0 || raw[0]&0x80 == 0:
		return -1
	case raw[0]&0x40 != 0:
		return int(raw[0] & 0x3f)
	}
	return int(raw[0] & 0x3f >> 2)
}

// Armored reports whether raw is what the label of an armor says, where that is
// encrypted or public. What is public holds names that people can read.
func Armored(label, raw string) bool {
	switch label {
	case "AGE ENCRYPTED FILE":
		return Age(raw)
	case "PGP MESSAGE":
		return PGP(raw)
	case "PGP PUBLIC KEY BLOCK":
		return pgpTag(raw) == 6
	case "PGP SIGNATURE":
		return pgpTag(raw) == 2
	case "SSH SIGNATURE":
		return strings.HasPrefix(raw, "SSHSIG")
	case "TRUSTED CERTIFICATE": // what it is trusted for stands behind the certificate
		return len(raw) > 4 && raw[:2] == "\x30\x82"
	case "CERTIFICATE", "X509 CRL", "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST",
		"PUBLIC KEY", "RSA PUBLIC KEY", "PKCS7", "CMS", "DH PARAMETERS":
		return asn1(raw, 0x30)
	case "EC PARAMETERS":
		return asn1(raw, 0x06) || asn1(raw, 0x30)
	}
	return false
}

// asn1 reports whether raw is one value of ASN.1 with the given tag, to its end.
func asn1(raw string, tag byte) bool {
	if len(raw) < 2 || raw[0] != tag {
		return false
	}
	switch n := int(raw[1]); {
	case n < 0x80:
		return len(raw) == 2+n
	case n == 0x80: // its end is marked, in BER
		return strings.HasSuffix(raw, "\x00\x00")
	case n > 0x84 || len(raw) < 2+n-0x80:
		return false
	default:
		length := 0
		for _, c := range []byte(raw[2 : 2+n-0x80]) {
			length = length<<8 | int(c)
		}
		return len(raw) == 2+n-0x80+length
	}
}
