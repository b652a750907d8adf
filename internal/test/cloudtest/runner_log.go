package cloudtest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Runner does what the runner of GitHub Actions does with the masks that a step
// prints, written anew after its sources
// (https://github.com/actions/runner: src/Runner.Common/ActionCommand.cs,
// AddMaskCommandExtension in src/Runner.Worker/ActionCommandManager.cs,
// src/Sdk/DTLogging/Logging/{SecretMasker,ValueEncoders}.cs). The zero value is ready.
//
// It knows no command but add-mask. The runner's encoders for XML, URIs, expressions,
// command lines and PowerShell only ever add masks that are longer than 5
// characters or than the value, and are left out.
type Runner struct {
	Added  []string // what commands asked for, and the lines of that
	Hidden []string // what is looked for
	Empty  int      // commands that the runner warns about
}

// Command reads one line of a step's output, and reports whether it was taken
// for a mask.
func (r *Runner) Command(line string) bool {
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	data, ok := strings.CutPrefix(line, "::add-mask::")
	if !ok || strings.ContainsAny(line, "\r\n") {
		return false
	}
	// One replacement after the other, as the runner does it.
	data = strings.ReplaceAll(data, "%0D", "\r")
	data = strings.ReplaceAll(data, "%0A", "\n")
	data = strings.ReplaceAll(data, "%25", "%")
	if strings.TrimSpace(data) == "" {
		r.Empty++
		return true
	}
	r.add(data)
	for _, item := range strings.FieldsFunc(data, isLineEnd) {
		if item = strings.TrimSpace(item); item != "" {
			r.add(item)
		}
	}
	return true
}

func isLineEnd(r rune) bool { return r == '\r' || r == '\n' }

func (r *Runner) add(value string) {
	r.Added = append(r.Added, value)
	r.Hidden = append(r.Hidden, value, Newtonsoft(value))
	for _, shift := range []int{0, 1, 2} {
		if len(value) <= shift {
			shift = 0
		}
		r.Hidden = append(r.Hidden, base64.StdEncoding.EncodeToString([]byte(value)[shift:]))
	}
}

// Log returns the lines that output makes in the log: without commands, and
// with three stars for what the commands before have hidden.
func (r *Runner) Log(output string) []string {
	var log []string
	for _, line := range strings.FieldsFunc(output, isLineEnd) {
		if !r.Command(line) {
			log = append(log, r.mask(line))
		}
	}
	return log
}

// mask puts stars in place of what is hidden; spans that touch become one.
func (r *Runner) mask(line string) string {
	hidden := r.spans(line)
	var b strings.Builder
	for i := range len(line) {
		switch {
		case !hidden[i]:
			b.WriteByte(line[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString("***")
		}
	}
	return b.String()
}

// spans marks the bytes of a line that are hidden.
func (r *Runner) spans(line string) []bool {
	hidden := make([]bool, len(line))
	for _, secret := range r.Hidden {
		for at := range indexes(line, secret) {
			for i := range len(secret) {
				hidden[at+i] = true
			}
		}
	}
	return hidden
}

// Shows reports whether any occurrence of text in a line of the log is not
// hidden whole.
func (r *Runner) Shows(line, text string) bool {
	hidden := r.spans(line)
	for at := range indexes(line, text) {
		if slices.Contains(hidden[at:at+len(text)], false) {
			return true
		}
	}
	return false
}

// indexes yields where text stands in a line, overlapping places too.
func indexes(line, text string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for start := 0; text != "" && start <= len(line)-len(text); start++ {
			at := strings.Index(line[start:], text)
			if at < 0 {
				return
			}
			start += at
			if !yield(start) {
				return
			}
		}
	}
}

// Newtonsoft escapes as JsonConvert.ToString of Json.NET does.
func Newtonsoft(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			if r < ' ' || r == '\u0085' || r == '\u2028' || r == '\u2029' {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
