package scan

import (
	"bytes"
	"encoding/base64"
)

// native runs the code of rule r at a word at [start, end). Each looks at a
// bounded part of the text, or remembers how far it looked: a text made of such
// words costs no more than its length.
func (p *pass) native(r uint16, start, end int) {
	switch p.rules[r].code {
	case codeCiphertext:
		if p.t.pieces == nil {
			p.ciphertext(start)
		}
	case codeArmor:
		if p.t.pieces == nil {
			p.armor(start, end)
		}
	case codeSealed:
		if p.t.pieces == nil {
			p.sealed(start, end)
		}
	case codeModuleSum:
		if p.t.pieces == nil {
			p.moduleSum(start, end)
		}
	case codeURL:
		p.url(r, start, end)
	case codeNamed:
		p.blockScalar(r, start, end)
		p.element(r, start, end)
	case codeConfig:
		p.config(r, end)
	case codeKube:
		p.kube(r, start, end)
	case codeDockerAuth:
		p.dockerAuth(r, end)
	}
}

// report takes a finding of a native rule.
func (p *pass) report(r uint16, start, end int) {
	if st := p.state(r); st.count <= p.most && p.t.covers(start, end) {
		st.count++
		p.add(r, start, end, start, end)
	}
}

// authorityMax is how long the user and password of a URL may be.
const authorityMax = 512

// url looks for scheme://user:password@host.
func (p *pass) url(r uint16, start, end int) {
	src := p.t.src
	if start == 0 || !nameByte.has(src[start-1]) {
		return
	}
	at, colon := -1, -1
	i := end
loop:
	for ; i < len(src) && i-end <= authorityMax; i++ {
		switch b := src[i]; {
		case b == '@':
			at = i
		case b == ':' && colon < 0:
			colon = i
		case b <= ' ', b == '/', b == '?', b == '#', b == '"', b == '\'', b == '`', b == '<', b == '>', b == '\\', b == '|', b == ',' && at >= 0:
			break loop
		}
	}
	if at < 0 || at+1 >= len(src) || i == at+1 {
		return
	}
	host := src[at+1 : i]
	if colon < 0 || colon > at {
		// A token in place of a user.
		if token := src[end:at]; len(token) >= 20 && valueLike(token) && entropy(token) >= 3.5 && bytes.ContainsAny(token, "0123456789") {
			p.report(r, end, at)
		}
		return
	}
	user, password := src[end:colon], src[colon+1:at]
	if len(password) < 4 || bytes.EqualFold(user, password) || placeholder(password) || placeholder(unpercent(password)) || bytes.ContainsAny(password, "{}<>()*[]") ||
		bytes.HasPrefix(host, []byte("${")) && len(password) < 8 {
		return
	}
	p.report(r, colon+1, at)
}

// blockScalar looks for a name followed by a YAML block scalar:
//
//	password: |
//	  the value
func (p *pass) blockScalar(r uint16, start, end int) {
	src := p.t.src
	i := end
	if i < len(src) && (src[i] == '"' || src[i] == '\'') {
		i++
	}
	if i = blanks(src, i); i >= len(src) || src[i] != ':' {
		return
	}
	if i = blanks(src, i+1); i >= len(src) || src[i] != '|' && src[i] != '>' {
		return
	}
	for i++; i < len(src) && (src[i] == '+' || src[i] == '-' || src[i] >= '1' && src[i] <= '9'); i++ {
	}
	if i = blanks(src, i); i < len(src) && src[i] == '#' {
		for i < len(src) && src[i] != '\n' && i-end < 256 {
			i++
		}
	}
	for n := 0; n < 4; n++ { // blank lines may come first
		if i < len(src) && src[i] == '\r' {
			i++
		}
		if i >= len(src) || src[i] != '\n' {
			return
		}
		from := blanks(src, i+1)
		to := from
		for to < len(src) && src[to] != '\n' && to-from < 4096 {
			to++
		}
		value := bytes.TrimRight(src[from:to], " \t\r")
		if len(value) == 0 {
			i = from
			continue
		}
		if from > i+1 && len(value) >= 8 && valueLike(value) && !bytes.ContainsAny(value, "(){};<>") {
			p.report(r, from, from+len(value))
		}
		return
	}
}

func blanks(src []byte, i int) int {
	for n := 0; n < 256 && i < len(src) && (src[i] == ' ' || src[i] == '\t'); n++ {
		i++
	}
	return i
}

// element looks for <password>value</password>; the name may end in the word.
func (p *pass) element(r uint16, start, end int) {
	src := p.t.src
	if end >= len(src) || src[end] != '>' {
		return
	}
	open := start
	for open > 0 && start-open < 64 && (nameByte.has(src[open-1]) || src[open-1] == ':') {
		open--
	}
	if open == 0 || src[open-1] != '<' {
		return
	}
	rest := src[end+1 : min(len(src), end+1+1024)]
	n := bytes.IndexByte(rest, '<')
	if n < 0 || n+1 >= len(rest) || rest[n+1] != '/' {
		return
	}
	value := bytes.TrimSpace(rest[:n])
	if len(value) < 6 || placeholder(value) || !valueLike(value) {
		return
	}
	from := end + 1 + bytes.Index(rest[:n], value)
	p.report(r, from, from+len(value))
}

// dockerAuth looks at "auth": "...", where Docker keeps user:password.
func (p *pass) dockerAuth(r uint16, end int) {
	src := p.t.src
	i := blanks(src, end)
	if i >= len(src) || src[i] != ':' {
		return
	}
	if i = blanks(src, i+1); i >= len(src) || src[i] != '"' {
		return
	}
	from := i + 1
	to := from
	for to < len(src) && to-from < 4096 && (baseByte.has(src[to]) || src[to] == '=') {
		to++
	}
	if to-from < 8 || to >= len(src) || src[to] != '"' {
		return
	}
	plain, err := base64.StdEncoding.DecodeString(string(src[from:to]))
	if err != nil {
		return
	}
	if user, password, ok := bytes.Cut(plain, []byte{':'}); ok && len(user) > 0 && len(password) >= 4 && !placeholder(password) && plausible(plain) {
		p.report(r, from, to)
	}
}
