package scan

import (
	"bytes"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
)

// valueLike reports whether v can be a password or a token that someone uses:
// not a variable, a template, ciphertext, a word of an example or a name.
func valueLike(v []byte) bool {
	if len(v) < 6 || placeholder(v) || public(v) {
		return false
	}
	var lower, upper, digit, joint, other, distinct int
	var seen class
	for _, b := range v {
		switch {
		case b <= ' ' || b == 0x7f:
			return false
		case b >= 'a' && b <= 'z':
			lower++
		case b >= 'A' && b <= 'Z':
			upper++
		case b >= '0' && b <= '9':
			digit++
		case b == '-' || b == '_' || b == '.' || b == '/' || b == ':':
			joint++
		default:
			other++
		}
		if !seen.has(b) {
			seen[b>>6] |= 1 << (b & 63)
			distinct++
		}
	}
	if distinct < 5 || lower+upper == 0 && other == 0 && digit < 12 {
		return false
	}
	// Words, and words joined by - or _ or ., are names of things.
	if other == 0 && (lower == 0 || upper == 0) && (digit == 0 || digit == 1 && joint > 0) {
		return joint == 0 && len(v) >= 12 && entropy(v) >= 3.4
	}
	return true
}

// reference reports whether v stands for a value that is elsewhere, or is
// ciphertext.
func reference(v []byte) bool {
	if v = bytes.Trim(v, "\"'"); len(v) == 0 {
		return true
	}
	for _, open := range []string{"${", "$(", "{{", "{%", "%{", "#{", "<", "[", "__", "ref+", "op://", "vault:", "!vault", "arn:", "file://", "ssm:", "awssm", "gcpsm", "secretsmanager", "keyvault", "sops:", "env:", "/run/", "/var/", "/etc/"} {
		if len(v) >= len(open) && string(v[:len(open)]) == open {
			return true
		}
	}
	if encrypted(v) || bytes.Contains(v, []byte("${")) || bytes.Contains(v, []byte("{{")) || bytes.Contains(v, []byte("$(")) {
		return true
	}
	switch first, last := v[0], v[len(v)-1]; {
	case first == '$' && allOf(v[1:], nameByte), first == '%' && last == '%', first == '@' && last == '@', first == '{' && last == '}',
		first == '%' && len(v) <= 3, first == ':' || first == '*' || first == '=':
		return true
	}
	return false
}

// encrypted reports whether v is ciphertext of SOPS or of hiera-eyaml
// (ENC[PKCS7,…]).
func encrypted(v []byte) bool {
	s := textOf(v)
	if !strings.HasPrefix(s, "ENC[") {
		return false
	}
	if n := ciphertext.SOPS(s); n > 0 {
		return n == len(s)
	}
	method, text, _ := strings.Cut(s[len("ENC["):], ",")
	text, closed := strings.CutSuffix(text, "]")
	return closed && (method == "PKCS7" || method == "GPG" || method == "KMS") && len(text) >= 64 && isBlob(text)
}

// placeholder reports whether v is a reference, or what examples put in the
// place of a credential.
func placeholder(v []byte) bool {
	return example(v) || commonWord(strings.Trim(strings.ToLower(string(v[:min(len(v), 256)])), "0123456789!@#$%^&*()-_=+.,:;?\"'"))
}

// example reports whether v is a reference, or says of itself that it is none but
// an example.
func example(v []byte) bool {
	if reference(v) {
		return true
	}
	if bytes.Count(v, v[:1]) == len(v) {
		return true
	}
	lower := strings.ToLower(string(v[:min(len(v), 256)]))
	for _, part := range []string{"example", "changeme", "change-me", "change_me", "changeit", "placeholder", "dummy", "redacted", "replace", "xxxx", "****", "....",
		"todo", "fixme", "your-", "your_", "yourp", "yours", "yourt", "not-a-real", "notreal", "not-real"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return false
}

// commonWord reports whether s is what examples use for a password.
func commonWord(s string) bool {
	switch s {
	case "", "password", "passwd", "pass", "pwd", "passphrase", "secret", "token", "key", "apikey", "api_key", "api-key", "test", "testing", "tests",
		"user", "username", "admin", "administrator", "root", "guest", "postgres", "postgresql", "mysql", "mongo", "mongodb", "redis", "rabbitmq",
		"null", "none", "nil", "true", "false", "undefined", "empty", "default", "default_password", "qwerty", "letmein", "welcome", "hello", "world",
		"p@ssword", "passw0rd", "pa55word", "pa55w0rd", "pa$$word", "my pass", "pa/ssword", "mypassword", "my_password", "my-password", "mypass", "mysecret", "my_secret", "my-secret", "mytoken", "my-token", "secretpassword", "supersecret", "topsecret",
		"testpassword", "testpass", "test_password", "adminpassword", "rootpassword", "rootpass", "userpass", "userpassword", "dbpassword", "db_password", "dbpass",
		"sha", "md", "base", "argon", "bcrypt", "scrypt", "pbkdf", "field", "param", "arg", "input", "utf", "iso", "string", "value", "text", "optional", "required", "verysecret", "very-secret", "secretkey", "secret_key", "secret-key", "correct", "wrong", "foo", "bar", "baz",
		"localhost", "development", "develop", "dev", "staging", "prod", "production", "local", "docker", "django", "minioadmin", "minio", "airflow", "grafana", "keycloak", "wordpress":
		return true
	}
	return false
}

// public reports whether v is a thing that may be known: an age recipient, an
// SSH public key, an AWS ARN.
func public(v []byte) bool {
	for _, start := range []string{"age1", "AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh", "AAAAGnNr", "AAAAInNr", "arn:", "ssh-ed25519", "ssh-rsa"} {
		if len(v) >= len(start) && string(v[:len(start)]) == start {
			return start != "age1" || recipient(v)
		}
	}
	return false
}

// recipient reports whether v is a recipient of age, or the beginning of one: a
// plugin's name, and letters of bech32 (BIP 173).
func recipient(v []byte) bool {
	i := bytes.LastIndexByte(v, '1')
	return allOf(v[:i], recipientByte) && !bytes.ContainsAny(v[i+1:], "bio-._+")
}

// recipientByte is what an age recipient is made of: a plugin's name and bech32.
var recipientByte = class{0x3ff200000000000, 0x7fffffe00000000}
