package main

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// example is the text of a new file, the one that sops begins with.
func example(f document.Format) []byte {
	const welcome = "Welcome to SOPS! Edit this file as you please!"
	switch f {
	case document.YAML:
		return []byte("hello: " + welcome + `
example_key: example_value
# Example comment
example_array:
    - example_value1
    - example_value2
example_number: 1234.56789
example_booleans:
    - true
    - false
`)
	case document.JSON:
		return []byte(`{
	"hello": "` + welcome + `",
	"example_key": "example_value",
	"example_array": [
		"example_value1",
		"example_value2"
	],
	"example_number": 1234.56789,
	"example_booleans": [
		true,
		false
	]
}
`)
	case document.Dotenv:
		return []byte("# This is an example file.\nhello=" + welcome + "\nexample_key=example_value\nexample_multiline=foo\\nbar\\nbaz\n")
	case document.INI:
		return []byte("; This is an example file.\n[Welcome!]\nhello       = " + welcome + "\nexample_key = example_value\n")
	}
	return []byte(welcome)
}

// shellQuote writes a word so that a shell reads it back, for commands that we
// suggest.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+=:,@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
