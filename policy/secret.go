package policy

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// redact removes keys from a message that quotes the policy.
func redact(msg string) string { return text.Withhold(msg) }

// wholeSecretKey matches a secret key that is long enough for use.
var wholeSecretKey = text.Lazily(`(?i)AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]{40,}|-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)

// secrets reports secret keys anywhere in a policy, also in a comment: the file is committed.
func (d *decoder) secrets(src []byte) {
	if !mayHoldSecret(src) {
		return
	}
	line, last := 1, 0
	for _, at := range wholeSecretKey().FindAllIndex(src, maxProblems) {
		line += bytes.Count(src[last:at[0]], []byte("\n"))
		last = at[0]
		d.fail(&yaml.Node{Line: line, Column: last - bytes.LastIndexByte(src[:last], '\n')},
			"if the file was ever shared, replace the key and every secret that it opens", "the policy contains a secret key")
	}
}

func mayHoldSecret(text []byte) bool {
	return bytes.Contains(text, []byte("PRIVATE KEY")) || bytes.Contains(bytes.ToUpper(text), []byte("SECRET-KEY-"))
}
