package scan

import "bytes"

// config looks for password: value and password = value in a configuration file.
// Source code is left to gitleaks' generic rule: there the value is mostly a
// variable.
func (p *pass) config(r uint16, end int) {
	src := p.t.src
	i := end
	if i < len(src) && (src[i] == '"' || src[i] == '\'') {
		i++
	}
	if i = blanks(src, i); i >= len(src) || src[i] != ':' && src[i] != '=' {
		return
	}
	i = blanks(src, i+1)
	line, _ := lineAt(src[:min(len(src), i+512)], min(i, len(src)))
	if len(line) > 0 && (line[0] == '"' || line[0] == '\'') {
		n := bytes.IndexByte(line[1:], line[0])
		if n < 0 {
			return
		}
		i, line = i+1, line[1:1+n]
	} else {
		if n := bytes.Index(line, []byte(" #")); n >= 0 {
			line = line[:n]
		}
		line = bytes.TrimRight(line, " \t,")
	}
	if configPassword(line) {
		p.report(r, i, i+len(line))
	}
}

// configPassword reports whether v is a password and no word, path, call, hash
// or address.
func configPassword(v []byte) bool {
	if !valueLike(v) || len(v) > 128 || v[0] == '/' || v[0] == '.' || v[0] == '$' || v[0] == '!' || v[0] == '&' {
		return false
	}
	if bytes.ContainsAny(v, "(){}[]<>\"';\\") || bytes.Contains(v, []byte("://")) {
		return false
	}
	// Letters with digits, or with what names do not hold.
	return bytes.ContainsAny(v, "0123456789") && !allOf(v, hexByte) || bytes.ContainsAny(v, "!@#%^&*+?~=,")
}
