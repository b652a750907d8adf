package scan

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"unsafe"

	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
)

// covered reports whether [start, end) of the file lies in ciphertext or in
// something public. What is decoded from there is not covered: ciphertext does
// not decode to text.
func (x *scan) covered(start, end int) bool {
	i, ok := slices.BinarySearchFunc(x.spans, start, func(s span, at int) int { return s.start - at })
	if !ok {
		i--
	}
	return i >= 0 && i < len(x.spans) && x.spans[i].start <= start && end <= x.spans[i].end
}

// ciphertext takes note of a value that SOPS encrypted, if it is whole.
func (p *pass) ciphertext(start int) {
	if n := ciphertext.SOPS(textOf(p.t.src[start:])); n > 0 {
		p.spans = append(p.spans, span{start, start + n})
	}
}

// inCiphertext reports whether [start, end) lies in a value that SOPS encrypted.
func (t *text) inCiphertext(start, end int) bool {
	const reach = 4096
	from := max(0, end-reach)
	i := bytes.LastIndex(t.src[from:end], []byte("ENC[AES256_GCM,"))
	return i >= 0 && from+i <= start && from+i+ciphertext.SOPS(textOf(t.src[from+i:])) >= end
}

// sealed reports whether a segment is part of a value that SOPS encrypted. A short
// one decodes to text by chance, and the value would no longer be seen as whole.
func (x *scan) sealed(t *text, s segment) bool {
	if t.pieces == nil && !x.covered(s.start, s.end) {
		return false
	}
	return t.inCiphertext(s.start, s.end)
}

// moduleSumLength is that of a SHA-256 in base64.
const moduleSumLength = 44

// moduleSum takes note of the checksum of a Go module, which stands behind its
// name and version on a line of its own: "example.com/api v1.2.3 h1:…=". Names
// such as api, auth and token stand there by the hundred.
func (p *pass) moduleSum(start, end int) {
	src := p.t.src
	last := end + moduleSumLength
	if last > len(src) || src[last-1] != '=' || last < len(src) && src[last] != '\n' && src[last] != '\r' {
		return
	}
	if sum := textOf(src[end:last]); ciphertext.Base64Len(sum) != 32 || ciphertext.Readable(sum) {
		return
	}
	const longest = 300
	from := max(0, start-longest)
	line := src[from:start]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	name, version, ok := bytes.Cut(line, []byte(" "))
	if ok && bytes.IndexByte(name, '.') > 0 && len(version) > 1 && version[0] == 'v' && version[1] >= '0' && version[1] <= '9' && bytes.IndexByte(version, ' ') < 0 {
		p.spans = append(p.spans, span{end, last})
	}
}

// armor takes note of armored ciphertext and public keys. What a header of it
// says is text like any other, and so is an inside that is not what its label
// says.
func (p *pass) armor(start, end int) {
	src := p.t.src
	head := src[end:min(len(src), end+80)]
	n := bytes.Index(head, []byte("-----"))
	if n < 0 || !publicLabel(string(head[:n])) {
		return
	}
	footer := append([]byte("-----END "), src[end:end+n+5]...)
	from := end + n + 5
	if bytes.HasPrefix(head, []byte("PGP ")) {
		from = p.armorHeaders(from)
	}
	var inside []byte
	for at := from; at < len(src); {
		if src[at] == '-' && bytes.HasPrefix(src[at:], footer) {
			if unarmored(string(head[:n]), inside) {
				p.spans = append(p.spans, span{start, end + n + 5}, span{from, at + len(footer)})
			}
			return
		}
		n := armorBytes(src[at:])
		if n == 0 {
			return
		}
		if n == 1 && (baseByte.has(src[at]) || src[at] == '+' || src[at] == '=' || src[at] == '\n') {
			inside = append(inside, src[at])
		}
		at += n
	}
}

// armorHeaders passes over the headers of an armor of PGP.
func (p *pass) armorHeaders(at int) int {
	src := p.t.src
	for {
		line, next := lineAt(src, at)
		name, _, _ := bytes.Cut(bytes.TrimLeft(line, " \t"), []byte(": "))
		switch string(name) {
		case "Version", "Comment", "Hash", "Charset", "MessageID", "":
		default:
			return at
		}
		if next == len(src) {
			return at
		}
		at = next
	}
}

// unarmored reports whether the letters of an armor's inside decode to what its
// label says. The checksum of PGP has a line of its own; a plus before a line is
// of a diff, or of a program that puts texts together.
func unarmored(label string, inside []byte) bool {
	text := strings.Trim(string(inside), "\n")
	if i := strings.LastIndex(text, "\n="); i >= 0 && strings.HasPrefix(label, "PGP ") {
		text = text[:i]
	}
	for _, text := range []string{text, strings.ReplaceAll("\n"+text, "\n+", "\n"), strings.ReplaceAll(text+"\n", "+\n", "\n")} {
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
		if err == nil && ciphertext.Armored(label, string(raw)) {
			return true
		}
	}
	return false
}

// armorBytes returns how many bytes at the beginning of b can be of an armor's
// inside: base64, line breaks (perhaps spelt \n, quoted or indented), the
// checksum of PGP. More than one are no part of it.
func armorBytes(b []byte) int {
	switch c := b[0]; {
	case c == '\\':
		if len(b) > 1 && (b[1] == 'n' || b[1] == 'r' || b[1] == 't') {
			return 2
		}
		return 1
	case baseByte.has(c) && c != '-' && c != '_', c == '=', c == '\n', c == '\r', c == ' ', c == '\t', c == '"', c == '\'', c == ',', c == '+':
		return 1
	}
	return 0
}

func publicLabel(label string) bool {
	switch label {
	case "AGE ENCRYPTED FILE", "PGP MESSAGE", "PGP PUBLIC KEY BLOCK", "PGP SIGNATURE", "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL",
		"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "PUBLIC KEY", "RSA PUBLIC KEY", "SSH SIGNATURE", "PKCS7", "CMS", "DH PARAMETERS", "EC PARAMETERS":
		return true
	}
	return false
}

// leastSealed is the length of the shortest value that Bitnami's sealed secrets
// write: two bytes of length, an RSA block of 256 bytes, and a tag.
const leastSealed = 360

// isBlob reports whether a text is base64 of what nobody can read.
func isBlob(s string) bool { return ciphertext.Base64Len(s) > 0 && !ciphertext.Readable(s) }

// textOf converts without a copy. Nothing here writes to a source.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// sealed takes note of the values of a sealed secret's encryptedData.
func (p *pass) sealed(start, end int) {
	src := p.t.src
	if start < p.sealedEnd {
		return
	}
	defer func() { p.sealedEnd = end }()
	limit := min(len(src), end+64<<10)
	for end < limit {
		for end < limit && !baseByte.has(src[end]) {
			end++
		}
		from := end
		for end < len(src) && (baseByte.has(src[end]) || src[end] == '=') {
			end++
		}
		if end-from >= leastSealed && src[from] == 'A' && (src[from+1] == 'g' || src[from+1] == 'Q') && isBlob(textOf(src[from:end])) {
			p.spans = append(p.spans, span{from, end})
			limit = min(len(src), end+64<<10)
		} else if string(src[from:end]) == "kind" {
			return
		}
	}
}
