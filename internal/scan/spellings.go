package scan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

// spelling is a way to write a value.
type spelling struct{ text, name string }

// leastLine is the length of the shortest line that stands for a value of many.
const leastLine = 16

// spellings lists the ways in which v may stand in a file.
func spellings(v []byte) []spelling {
	raw := string(v)
	all := []spelling{{raw, "raw"}}
	add := func(name, text string) {
		if text != raw && len(text) >= MinValueLength {
			all = append(all, spelling{text, name})
		}
	}
	for _, html := range []bool{false, true} {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(html)
		if enc.Encode(raw) == nil && b.Len() > 3 {
			text := b.String()[1 : b.Len()-2]
			add("json", text)
			add("json", strings.ReplaceAll(text, "/", `\/`))
		}
	}
	query := url.QueryEscape(raw)
	add("url", query)
	add("url", lowerEscapes(query))
	add("url", strings.ReplaceAll(query, "+", "%20"))
	add("url", lowerEscapes(strings.ReplaceAll(query, "+", "%20")))
	add("url", url.PathEscape(raw))
	add("url", url.UserPassword("u", raw).String()[2:])
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			add("base64", aligned(enc, v, before))
		}
	}
	add("hex", hex.EncodeToString(v))
	add("hex", strings.ToUpper(hex.EncodeToString(v)))
	add("utf-16", widen(v))
	if bytes.IndexByte(v, '\n') >= 0 {
		add("raw", strings.ReplaceAll(raw, "\n", "\r\n"))
		for line := range strings.SplitSeq(raw, "\n") {
			if line = strings.TrimSpace(line); len(line) >= leastLine && !strings.HasPrefix(line, "-----") {
				add("line", line)
			}
		}
	}
	return all
}

// aligned is the base64 of v after before other bytes, without the letters that
// what stands before and after has a part in.
func aligned(enc *base64.Encoding, v []byte, before int) string {
	text := enc.EncodeToString(append(make([]byte, before), v...))
	return text[(before*8+5)/6 : (before+len(v))*8/6]
}

// lowerEscapes writes the hex digits of percent escapes small.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
			i += 2
		}
	}
	return string(b)
}

// widen is UTF-16 of what is ASCII in v; both byte orders hold it, but for one
// byte at its ends.
func widen(v []byte) string {
	var b strings.Builder
	for i, c := range v {
		if c >= 0x80 {
			return ""
		}
		if i > 0 {
			b.WriteByte(0)
		}
		b.WriteByte(c)
	}
	return b.String()
}
