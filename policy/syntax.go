package policy

import (
	"bytes"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

var yamlLine = text.Lazily(`line (\d+): (.*)`)
var yamlAnchor = text.Lazily(`unknown anchor '([\w-]{1,60})' referenced`)

// syntax reports that the policy is not YAML. The words of the library are used only where they quote nothing,
// because a secret may be in the policy by mistake.
func (d *decoder) syntax(src []byte, err error) {
	line, reason := 1, ""
	if m := yamlLine().FindStringSubmatch(err.Error()); m != nil {
		if n, convErr := strconv.Atoi(m[1]); convErr == nil {
			line = n
		}
		if !strings.ContainsAny(m[2], "'\"`") {
			reason = ": " + m[2]
		}
	}
	if m := yamlAnchor().FindStringSubmatch(err.Error()); m != nil {
		line = lineOf(src, "*"+m[1])
		reason = ": the alias *" + m[1] + " has no anchor before it"
	}
	at := &yaml.Node{Line: line, Column: 1}
	hint := ""
	switch {
	case text.Conflicted(src):
		hint = "the file contains merge conflict markers"
	case strings.Contains(reason, "cannot start any token") && bytes.Contains(src, []byte("\t")):
		hint = "YAML is indented with spaces, not with tabs"
	case strings.Contains(reason, "unknown escape"):
		hint = "write a regular expression in single quotes or none, where a backslash is one"
	}
	d.fail(at, hint, "is not valid YAML%s", reason)
}

// lineOf returns the first line that holds text outside of a comment.
func lineOf(src []byte, text string) int {
	n := 0
	for line := range bytes.Lines(src) {
		n++
		line, _, _ = bytes.Cut(line, []byte("#"))
		if bytes.Contains(line, []byte(text)) {
			return n
		}
	}
	return 1
}
