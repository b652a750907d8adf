package files

import (
	"github.com/gitsecrets/gitsecrets/encrypt"
)

// example is the text of a new file, the one that sops begins with.
func example(f encrypt.Format) []byte {
	const welcome = "Welcome to SOPS! Edit this file as you please!"
	switch f {
	case encrypt.YAML:
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
	case encrypt.JSON:
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
	case encrypt.Dotenv:
		return []byte("# This is an example file.\nhello=" + welcome + "\nexample_key=example_value\nexample_multiline=foo\\nbar\\nbaz\n")
	case encrypt.INI:
		return []byte("; This is an example file.\n[Welcome!]\nhello       = " + welcome + "\nexample_key = example_value\n")
	}
	return []byte(welcome)
}
