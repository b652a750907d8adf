package scan

import (
	"bytes"
	"slices"
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

// ciphertext takes note of a value that SOPS encrypted, if it is well formed.
func (p *pass) ciphertext(start, end int) {
	src := p.t.src
	for _, part := range []string{"data:", ",iv:", ",tag:"} {
		if !bytes.HasPrefix(src[end:], []byte(part)) {
			return
		}
		for end += len(part); end < len(src) && (baseByte.has(src[end]) || src[end] == '='); end++ {
		}
	}
	if !bytes.HasPrefix(src[end:], []byte(",type:")) {
		return
	}
	for end += len(",type:"); end < len(src) && src[end] >= 'a' && src[end] <= 'z'; end++ {
	}
	if end < len(src) && src[end] == ']' {
		p.spans = append(p.spans, span{start, end + 1})
	}
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
	for _, b := range src[end : last-1] {
		if !baseByte.has(b) || b == '-' || b == '_' {
			return
		}
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

// armor takes note of armored ciphertext and public keys.
func (p *pass) armor(start, end int) {
	src := p.t.src
	head := src[end:min(len(src), end+80)]
	n := bytes.Index(head, []byte("-----"))
	if n < 0 || !publicLabel(string(head[:n])) {
		return
	}
	footer := append([]byte("-----END "), src[end:end+n+5]...)
	at := end + n + 5
	for at < len(src) {
		if src[at] == '-' && bytes.HasPrefix(src[at:], footer) {
			p.spans = append(p.spans, span{start, at + len(footer)})
			return
		}
		n := armorBytes(src[at:])
		if n == 0 {
			return
		}
		at += n
	}
}

// armorBytes returns how many bytes at the beginning of b can be of an armor's
// inside: base64, line breaks (perhaps spelt \n, quoted or indented), the
// checksum and the headers of PGP.
func armorBytes(b []byte) int {
	switch c := b[0]; {
	case c == '=':
		// Padding at the end of a line, or the checksum, which has a line of its own.
		if len(b) == 1 || !baseByte.has(b[1]) || len(b) > 5 && !baseByte.has(b[5]) {
			return 1
		}
		return 0
	case c == '\n':
		for _, name := range []string{"Version: ", "Comment: ", "Hash: ", "Charset: ", "MessageID: "} {
			if bytes.HasPrefix(b[1:], []byte(name)) {
				end := bytes.IndexByte(b[1:min(len(b), 200)], '\n')
				return max(end, 0) + 1
			}
		}
		return 1
	case baseByte.has(c) && c != '-' && c != '_', c == '\r', c == ' ', c == '\t', c == '\\', c == '"', c == '\'', c == ',', c == '+':
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
		if end-from >= leastSealed && src[from] == 'A' && (src[from+1] == 'g' || src[from+1] == 'Q') {
			p.spans = append(p.spans, span{from, end})
			limit = min(len(src), end+64<<10)
		} else if string(src[from:end]) == "kind" {
			return
		}
	}
}
