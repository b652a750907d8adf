package outputs

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// FormatShell writes variables as export commands for a POSIX shell. Values are quoted, so that nothing in them is
// expanded or run, and kept byte for byte.
func FormatShell(pairs []Pair) ([]byte, error) {
	if err := checkPairs(pairs); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, p := range pairs {
		b.WriteString("export " + p.Name + "='" + strings.ReplaceAll(p.Value, "'", `'\''`) + "'\n")
	}
	return b.Bytes(), nil
}

// FormatJSON writes variables as a JSON object, one to a line, in their order.
func FormatJSON(pairs []Pair) ([]byte, error) {
	if err := CheckText(pairs); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteString("{")
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  \"" + p.Name + "\": ")
		if err := e.Encode(p.Value); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // Encode ends the line
	}
	if len(pairs) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// FormatDotenv writes variables as a .env file. These files have no common syntax; each value is written in the
// plainest form that it can have:
//
//	A=value              letters, digits and ./:@%+,=_- only: read by everything, docker run --env-file and GitLab's dotenv reports too
//	A='any "$value"'     without ', line ends, and backslashes in doubt: taken literally by Docker Compose and by dotenv for Ruby, Node and Python
//	A="it's\n\$5"        the rest, with \n \r \" \\ and \$: read back by Compose, Ruby and Python
//
// In the last form Node takes only \n, and some versions of it \r, for what they are; and Compose, like godotenv,
// cannot read a value that ends in a backslash.
func FormatDotenv(pairs []Pair) ([]byte, error) {
	if err := CheckText(pairs); err != nil {
		return nil, err
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", `\n`, "\r", `\r`)
	var b bytes.Buffer
	for _, p := range pairs {
		value := p.Value
		switch {
		case isPlain(value):
		case isLiteral(value):
			value = "'" + value + "'"
		default:
			value = `"` + escape.Replace(value) + `"`
		}
		b.WriteString(p.Name + "=" + value + "\n")
	}
	return b.Bytes(), nil
}

// isPlain reports whether no reader of .env files needs quotes around a value.
func isPlain(s string) bool {
	for _, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if !letter && !strings.ContainsRune("./:@%+,=_-", r) {
			return false
		}
	}
	return true
}

// isLiteral reports whether every reader takes a value between single quotes for what it is. Some of them know \' and
// \\ there.
func isLiteral(s string) bool {
	return !strings.ContainsAny(s, "'\r\n") && !strings.Contains(s, `\\`) && !strings.HasSuffix(s, `\`)
}

// CheckText is checkPairs for what is read as UTF-8.
func CheckText(pairs []Pair) error {
	for _, p := range pairs {
		if !utf8.ValidString(p.Value) {
			return &call.Error{Failure: call.BadSetting, Text: "the value for the variable " + text.QuoteName(p.Name) + " is not UTF-8", Hint: asFile}
		}
	}
	return checkPairs(pairs)
}
