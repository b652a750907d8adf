package scan

import (
	"bytes"
	"strings"
)

// env looks at each NAME=value of an environment file.
func (p *pass) env(r uint16) {
	src := p.t.src
	for at := 0; at < len(src); {
		line, next := lineAt(src, at)
		begin := at
		at = next
		name, value, ok := bytes.Cut(line, []byte{'='})
		if !ok || len(name) > 256 || len(value) > 64<<10 {
			continue
		}
		from := begin + len(name) + 1
		name = bytes.TrimPrefix(bytes.TrimSpace(name), []byte("export "))
		if len(name) == 0 || name[0] == '#' || !allOf(bytes.TrimSpace(name), nameByte) {
			continue
		}
		trimmed := bytes.TrimLeft(value, " \t")
		from += len(value) - len(trimmed)
		value = envValue(trimmed)
		if len(trimmed) > 0 && (trimmed[0] == '"' || trimmed[0] == '\'') {
			from++
		}
		if envSecret(strings.ToUpper(string(bytes.TrimSpace(name))), value) {
			p.report(r, from, from+len(value))
		}
		if p.full {
			return
		}
	}
}

// envValue takes quotes or a comment off.
func envValue(v []byte) []byte {
	if len(v) > 1 && (v[0] == '"' || v[0] == '\'') {
		if n := bytes.IndexByte(v[1:], v[0]); n >= 0 {
			return v[1 : 1+n]
		}
		return v[1:]
	}
	if n := bytes.Index(v, []byte(" #")); n >= 0 {
		v = v[:n]
	}
	return bytes.TrimRight(v, " \t\r")
}

var digitByte = class{0x3ff000000000000}

// envSecret reports whether name says that value is a secret and it looks like one.
func envSecret(name string, value []byte) bool {
	for _, tail := range []string{"_FILE", "_PATH", "_URL", "_URI", "_HOST", "_NAME", "_ID", "_TTL", "_ENABLED", "_LENGTH", "_SIZE", "_TYPE", "_ALG", "_ALGORITHM",
		"_EXPIRY", "_EXPIRES", "_EXPIRATION", "_HEADER", "_ISSUER", "_AUDIENCE", "_ENDPOINT", "_VERSION", "_PREFIX", "_DIR", "PUBLIC_KEY", "PUBLISHABLE_KEY", "PUB_KEY", "_REGION", "_PORT"} {
		if strings.HasSuffix(name, tail) {
			return false
		}
	}
	base := strings.TrimRight(name, "0123456789_")
	for _, word := range []string{"PASSWORD", "PASSWD", "PASSPHRASE", "_PASS", "_PWD"} {
		if strings.HasSuffix(base, word) || base == "PASS" {
			spaces := bytes.IndexByte(value, ' ') >= 0
			return len(value) >= 4 && !placeholder(value) && !public(value) && value[0] != '/' && !allOf(value, digitByte) &&
				(!spaces || word == "PASSPHRASE" || entropy(value) > 3)
		}
	}
	for _, word := range []string{"PASSWORD", "PASSPHRASE", "CREDENTIAL", "SECRET", "TOKEN", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "ENCRYPTION_KEY", "SIGNING_KEY", "AUTH", "_KEY", "SALT", "COOKIE", "WEBHOOK"} {
		if strings.Contains(name, word) {
			return len(value) >= 8 && valueLike(value) && !bytes.HasPrefix(value, []byte("http")) && entropy(value) >= 2.5
		}
	}
	return false
}
