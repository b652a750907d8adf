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
	{"mapping values are not allowed", "a colon stands where no value may begin"},
	{"mapping keys are not allowed", "a question mark stands where no key may begin"},
	{"block sequence entries are not allowed", "a list item stands where none may begin"},
	{"could not find expected ':'", "a key lacks its colon"},
	{"did not find expected key", "a line is indented neither as a key nor as a value"},
	{"did not find expected '-' indicator", "a line is indented neither as a list item nor as its content"},
	{"did not find expected ',' or ']'", "a list in brackets is not closed"},
	{"did not find expected ',' or '}'", "a map in braces is not closed"},
	{"did not find expected node content", "a value is missing"},
	{"did not find expected <document start>", "a document does not begin with ---"},
	{"found unexpected end of stream", "a quoted text is not closed"},
	{"found unexpected document indicator", "a quoted text is not closed before the document ends"},
	{"found unknown escape character", "a quoted text holds an unknown escape"},
	{"did not find expected hexdecimal number", "an escape in a quoted text lacks its digits"},
	{"found invalid Unicode character escape code", "an escape in a quoted text names no character"},
	{"found character that cannot start any token", "a character cannot begin a value here (a tab, @, % or a backquote)"},
	{"found a tab character", "a tab stands where the indentation should"},
	{"found an indentation indicator equal to 0", "a block text is indented by 0"},
	{"found undefined tag handle", "a tag has a handle that is not declared"},
	{"found incompatible YAML document", "it is not YAML 1.1"},
	{"found duplicate %", "a directive stands twice"},
	{"found unknown directive name", "a directive is unknown"},
	{"did not find expected alphabetic or numeric character", "an anchor or alias lacks its name"},
}

const yamlTooDeep = "it nests more than 1000 levels deep"
