package repo

import (
	"fmt"
	"io"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// print writes the explanation for a person.
func (e *explanation) print(w io.Writer) error {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(text.EscapeLine(fmt.Sprintf(format, args...)))
		b.WriteByte('\n')
	}
	line("%s (%s, %s)", e.Path, e.Format, map[string]string{"missing": "not there yet"}[e.State]+map[bool]string{true: e.State}[e.State != "missing"])
	switch {
	case e.Policy == "":
		line("policy: none, here or above")
	case e.SeenAs != e.Path:
		line("policy: %s, which sees the path as %s", e.Policy, e.SeenAs)
	default:
		line("policy: %s", e.Policy)
	}
	for _, r := range e.Rules {
		verdict := "does not govern"
		if r.Governs {
			verdict = "governs"
		}
		line("  %s %s: %s", r.Source, verdict, r.Reason)
	}
	if !e.Governed {
		line("no rule governs the file")
	}
	if e.Problem != "" {
		line("note: %s", e.Problem)
	}
	if e.Selector != "" {
		line("selector: %s", e.Selector)
	}
	if e.MACOnly {
		line("the MAC covers encrypted values only")
	}
	e.printKeys(line)
	e.printValues(line)
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *explanation) printKeys(line func(string, ...any)) {
	if e.Threshold > 0 {
		line("keys: %d of %d groups are needed", e.Threshold, len(e.Groups))
	} else if len(e.Groups) > 0 {
		line("keys: any of these opens the file")
	}
	for i, g := range e.Groups {
		indent := "  "
		if len(e.Groups) > 1 {
			line("  group %d", i+1)
			indent = "    "
		}
		for _, k := range g {
			line("%s%s %s: %s", indent, k.Type, k.ID, map[string]string{
				"yes": "can be opened here", "no": "cannot be opened here", "maybe": "may be opened here", "unchecked": "not known",
			}[k.Openable]+" ("+k.Why+")")
		}
	}
}

func (e *explanation) printValues(line func(string, ...any)) {
	switch {
	case e.Agrees != nil && *e.Agrees:
		line("the file is as the rule demands")
	case e.Agrees != nil:
		line("the file is not as the rule demands:")
		for _, d := range e.Disagrees {
			line("  %s", strings.TrimSpace(place(d.Line)+d.Path+" "+d.Message))
		}
	}
	would := map[bool]string{true: "would be ", false: ""}[e.State == "plaintext"]
	for _, part := range []struct {
		title  string
		values []explainedValue
	}{{would + "encrypted", e.Encrypted}, {map[bool]string{true: "would stay", false: "stands"}[would != ""] + " in the clear", e.Plain}} {
		if len(part.values) == 0 {
			continue
		}
		line("%s:", part.title)
		for _, v := range part.values {
			line("  %s%s", place(v.Line), v.Path)
		}
	}
}

func place(n uint32) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", n)
}
