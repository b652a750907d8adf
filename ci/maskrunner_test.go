package ci

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// runnerMasker does what the runner of GitHub Actions does with the masks that a
// job prints, written anew after its sources
// (https://github.com/actions/runner: src/Runner.Common/ActionCommand.cs,
// AddMaskCommandExtension in src/Runner.Worker/ActionCommandManager.cs,
// src/Sdk/DTLogging/Logging/{SecretMasker,ValueEncoders}.cs). Its encoders for
// XML, URIs, expressions, command lines and PowerShell only ever add masks that are longer
// than 5 characters or than the value, and are left out.
type runnerMasker struct {
	added  []string // what commands asked for, and the lines of that
	hidden []string // what is looked for
	empty  int      // commands that the runner warns about
}

// command reads one line of the job's output, and reports whether it was taken
// for a mask.
func (m *runnerMasker) command(line string) bool {
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
		m.empty++
		return true
	}
	m.add(data)
	for _, item := range strings.FieldsFunc(data, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if item = strings.TrimSpace(item); item != "" {
			m.add(item)
		}
	}
	return true
}

func (m *runnerMasker) add(value string) {
	m.added = append(m.added, value)
	m.hidden = append(m.hidden, value, newtonsoft(value))
	for _, shift := range []int{0, 1, 2} {
		if len(value) <= shift {
			shift = 0
		}
		m.hidden = append(m.hidden, base64.StdEncoding.EncodeToString([]byte(value)[shift:]))
	}
}

// shows reports whether any occurrence of text in a line of the log is not
// hidden whole.
func (m *runnerMasker) shows(line, text string) bool {
	hidden := make([]bool, len(line))
	for _, secret := range m.hidden {
		for at := range indexes(line, secret) {
			for i := range len(secret) {
				hidden[at+i] = true
			}
		}
	}
	for at := range indexes(line, text) {
		for i := range len(text) {
			if !hidden[at+i] {
				return true
			}
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

// newtonsoft escapes as JsonConvert.ToString does.
func newtonsoft(s string) string {
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
				b.WriteString(unicodeEscape(r))
			} else {
				b.WriteString(string(r))
			}
		}
	}
	return b.String()
}

// azureMasker does what the agent of Azure Pipelines does
// (https://github.com/microsoft/azure-pipelines-agent:
// src/Microsoft.VisualStudio.Services.Agent/Command.cs,
// src/Agent.Sdk/CommandStringConvertor.cs, TaskSetSecretCommand). decode is the
// job's DECODE_PERCENTS.
func azureMasker(line string, decode bool) (secrets []string) {
	_, rest, ok := strings.Cut(line, "##vso[")
	if !ok {
		return nil
	}
	command, data, ok := strings.Cut(rest, "]")
	if !ok || command != "task.setsecret" {
		return nil
	}
	data = azureUnescape(data, decode)
	secrets = append(secrets, data)
	if !decode {
		secrets = append(secrets, azureUnescape(data, true))
	}
	return secrets
}

func azureUnescape(s string, percents bool) string {
	for _, pair := range [][2]string{{"%3B", ";"}, {"%0D", "\r"}, {"%0A", "\n"}, {"%5D", "]"}} {
		s = strings.ReplaceAll(s, pair[0], pair[1])
	}
	if percents {
		s = strings.ReplaceAll(s, "%AZP25", "%")
	}
	return s
}

// fitLines are the lines of a value that a mask may hide.
func fitLines(value string) (lines []string) {
	for _, line := range strings.FieldsFunc(value, func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = strings.TrimSpace(line)
		number := strings.Trim(line, "+-0123456789.eE_xXpPaAbBcCdDfFnNiItTyY") == "" // and more, so that the law says nothing of it
		if n := utf8.RuneCountInString(line); n >= 6 || n >= 4 && !number {
			if l := strings.ToLower(line); l != "true" && l != "null" && l != "false" && l != "none" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
