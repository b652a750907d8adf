package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// anyAccount stands for an account's number in text to paste.
const anyAccount = "ACCOUNT"

// keptARN is an ARN of which pasteJSON escaped the second of two colons.
var keptARN = text.Lazily(`\b(arn:aws[a-z-]*:[a-z0-9-]+:)\\u003a((?:[0-9]{12}|` + anyAccount + `):)`)

// pasteJSON is JSON to print and to paste: plain ASCII, and without what a runner would take for a command, so that
// [text.EscapeCommands] leaves it as it is.
func pasteJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(v) != nil {
		return "" // of strings, which all encode
	}
	var ascii strings.Builder
	for _, r := range strings.TrimSpace(b.String()) {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&ascii, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r > '~':
			fmt.Fprintf(&ascii, `\u%04x`, r)
		default:
			ascii.WriteRune(r)
		}
	}
	s := strings.ReplaceAll(ascii.String(), "::", `:\u003a`)
	s = string(text.EscapeCommandsInJSON([]byte(s)))
	return keptARN().ReplaceAllString(s, "$1:$2")
}

// celString is a string of the Common Expression Language
// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values), safe to print as pasteJSON's
// text is.
func celString(s string) string {
	var b strings.Builder
	last := ' '
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\', r < ' ', r == '[', r == ':' && last == ':', r > '~' && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	b.WriteByte('"')
	return b.String()
}

// policyLiteral writes text in a policy of AWS where wildcards and variables count
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
func policyLiteral(s string, wildcards bool) string {
	pairs := []string{"${", "${$}{"}
	if wildcards {
		pairs = append(pairs, "*", "${*}", "?", "${?}")
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
