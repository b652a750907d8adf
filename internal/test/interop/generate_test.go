//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// docMaker writes random plaintexts of the five formats: what people write, and
// what readers trip over.
type docMaker struct {
	*rand.Rand
	b     strings.Builder
	names int
}

var oddTexts = []string{
	"x", "two words", "", " ", " x", "x ", "a: b", "a #b", "#b", ";b", "it's", `"q"`, "`", "a=b", "=", "-", "- x", "null", "true", "1", "1.0", "007", "1e3", "0x1f",
	"ü", "😀", "a\nb", "a\nb\n", "\na", "a\n\n b\n", " a\nb", "\tx", "x\ty", "a\\nb", "a\\", "\\", "%d", "${X}", "ENC[x]", "http://x/#y?a=b&c", "2024-01-02", "<<", "~", "{}", "[a]", "*x", "!x", "|", ">", "a\u00a0b", "\ufeffx", "<>&",
	"line one\nline two # no comment\n", strings.Repeat("long ", 60), "a\n#b\n", "'", "a'b\"c`d", "]", "[s]", "sops", "a,b",
}

func (m *docMaker) text() string { return oddTexts[m.IntN(len(oddTexts))] }

func (m *docMaker) name() string {
	m.names++
	return fmt.Sprintf([]string{"k%d", "pass%d", "k%d_unencrypted", "k-%d", "k %d", "k.%d"}[m.IntN(6)], m.names)
}

// value is a value as JSON has them.
func (m *docMaker) value(depth int) any {
	switch k := m.IntN(12); {
	case k == 0 && depth > 0:
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(depth-1))
		}
		return list
	case k < 3 && depth > 0:
		return m.object(depth - 1)
	case k == 3:
		return m.IntN(2) == 0
	case k == 4:
		return int64(m.Uint64())
	case k == 5:
		return []float64{0.5, -1.25, 1e21, 1e-7, 3.14159, 123456789.5}[m.IntN(6)]
	case k == 6:
		return nil
	}
	return m.text()
}

func (m *docMaker) object(depth int) map[string]any {
	o := map[string]any{}
	for range m.IntN(5) {
		o[m.name()] = m.value(depth)
	}
	return o
}

func (m *docMaker) json() string {
	o := m.object(3)
	o["first"] = m.text()
	out, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(out) + "\n"
}

// comment writes a comment above a line now and then, and reports it.
func (m *docMaker) comment(pad, signs string) {
	for m.IntN(5) == 0 {
		sign := string(signs[m.IntN(len(signs))])
		m.b.WriteString(pad + sign + []string{"", " note", "x", "  two # three", " k: v", sign, "\t"}[m.IntN(7)] + "\n")
		if m.IntN(6) == 0 {
			m.b.WriteString("\n")
		}
	}
}

// yaml writes block style, with JSON where that is as good.
func (m *docMaker) yaml() string {
	m.b.Reset()
	for i := range 1 + m.IntN(5)/4 {
		if i > 0 {
			m.b.WriteString("---\n")
		}
		m.comment("", "#")
		m.b.WriteString("first: x\n")
		m.yamlMap("", 3)
	}
	return m.b.String()
}

func (m *docMaker) yamlMap(pad string, depth int) {
	for range 1 + m.IntN(4) {
		m.comment(pad, "#")
		m.b.WriteString(pad + m.name() + ":")
		m.yamlValue(pad, depth)
	}
	m.comment(pad, "#")
}

func (m *docMaker) yamlValue(pad string, depth int) {
	switch k := m.IntN(10); {
	case k < 2 && depth > 0:
		m.b.WriteString(m.beside() + "\n")
		m.yamlMap(pad+"  ", depth-1)
		return
	case k < 4 && depth > 0:
		m.b.WriteString(m.beside() + "\n")
		for range 1 + m.IntN(3) {
			m.comment(pad+"  ", "#")
			m.b.WriteString(pad + "  -")
			m.yamlValue(pad+"  ", depth-1)
		}
		return
	case k == 4:
		m.b.WriteString(" " + []string{"{}", "[]", "{ # c\n" + pad + "  }", "[ # c\n" + pad + "  1, # d\n" + pad + "  2]"}[m.IntN(4)])
	case k == 5:
		m.b.WriteString(" |\n" + pad + "   one # no\n\n" + pad + "   two\n")
		return
	case k == 6:
		m.b.WriteString(" " + []string{"plain", "1.10", "yes", "2024-01-02", "~", "'it''s'", "0o7", "[a, {b: c}]"}[m.IntN(8)])
	default:
		v := m.value(0)
		if s, ok := v.(string); ok && strings.Contains(s, "<>&") {
			v = "x"
		}
		out, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		m.b.WriteString(" " + string(out))
	}
	m.b.WriteString(m.beside() + "\n")
}

func (m *docMaker) beside() string { return []string{"", "", "", " # in", " #"}[m.IntN(5)] }

func (m *docMaker) dotenv() string {
	m.b.Reset()
	for range 1 + m.IntN(8) {
		m.comment("", "#")
		m.b.WriteString(strings.ReplaceAll(m.name(), " ", "_") + "=" + strings.ReplaceAll(m.text(), "\n", `\n`) + "\n")
	}
	return m.b.String()
}

func (m *docMaker) ini() string {
	m.b.Reset()
	m.comment("", "#;")
	for i := range m.IntN(4) {
		if i > 0 || m.IntN(3) > 0 {
			m.comment("", "#;")
			m.b.WriteString("[" + m.name() + "]\n")
		}
		for range m.IntN(4) {
			m.comment("", "#;")
			text := m.text()
			if m.IntN(2) == 0 && !strings.ContainsAny(text, "`\n") {
				text = "`" + text + "`"
			}
			m.b.WriteString(m.name() + " = " + strings.ReplaceAll(text, "\n", " ") + []string{"", " ; in", " # in"}[m.IntN(3)] + "\n")
		}
	}
	m.b.WriteString("[last]\nk = v\n")
	return m.b.String()
}

func (m *docMaker) binary() string {
	b := make([]byte, m.IntN(300))
	for i := range b {
		b[i] = byte(m.Uint32())
	}
	return string(b)
}
