package document

import (
	"strconv"
	"strings"
)

// yamlSyntax says in our own words what the library complains about. Its own
// words are never passed on: they quote what they could not read.
func yamlSyntax(err error) *SyntaxError {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var pos Pos
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		number, rest, _ := strings.Cut(rest, ": ")
		if line, err := strconv.ParseUint(number, 10, 32); err == nil {
			pos.Line, text = uint32(line), rest
		}
	}
	for _, c := range yamlComplaints {
		if strings.HasPrefix(text, c.theirs) {
			return yamlError(pos, c.ours)
		}
	}
	return yamlError(pos, "it cannot be read as YAML")
}

var yamlComplaints = [...]struct{ theirs, ours string }{
	{"exceeded max depth", yamlTooDeep},
	{"unknown anchor", "an alias names an anchor that is not there"},
	{"mapping values are not allowed", "there is a colon where a value cannot begin"},
	{"mapping keys are not allowed", "there is a question mark where a key cannot begin"},
	{"block sequence entries are not allowed", "there is a list item where it cannot begin"},
	{"could not find expected ':'", "the colon after a key is missing"},
	{"did not find expected key", "a line is indented neither as a key nor as a value"},
	{"did not find expected '-' indicator", "a line is indented neither as a list item nor as its content"},
	{"did not find expected ',' or ']'", "a list in brackets is not closed"},
	{"did not find expected ',' or '}'", "a map in braces is not closed"},
	{"did not find expected node content", "a value is missing"},
	{"did not find expected <document start>", "a document does not begin with ---"},
	{"found unexpected end of stream", "a quoted text is not closed"},
	{"found unexpected document indicator", "a quoted text is not closed before the document ends"},
	{"found unknown escape character", "a quoted text holds an unknown escape"},
	{"did not find expected hexdecimal number", "the digits of an escape in a quoted text are missing"},
	{"found invalid Unicode character escape code", "an escape in a quoted text names no character"},
	{"found character that cannot start any token", "a character cannot begin a value here (a tab, @, % or a backquote)"},
	{"found a tab character", "there is a tab in the indentation"},
	{"found an indentation indicator equal to 0", "a block text is indented by 0"},
	{"found undefined tag handle", "a tag has a handle that is not declared"},
	{"found incompatible YAML document", "it is not YAML 1.1"},
	{"found duplicate %", "a directive occurs twice"},
	{"found unknown directive name", "a directive is unknown"},
	{"did not find expected alphabetic or numeric character", "the name of an anchor or alias is missing"},
}

const yamlTooDeep = "it nests more than 1000 levels deep"
