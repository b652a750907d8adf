package text

import (
	"strconv"
	"strings"
)

// ShellPath writes a path for a POSIX shell. One that begins with a dash is
// told from a flag by "./".
func ShellPath(s string) string {
	if strings.HasPrefix(s, "-") {
		s = "./" + s
	}
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=@%+") == "" {
		return s
	}
	if plain := strconv.Quote(s); plain == `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)+`"` {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	// Control characters and bytes that are no UTF-8 are not sent to a terminal.
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= 0x20 && c < 0x7f:
			b.WriteByte(c)
		default:
			b.WriteString(`\` + string([]byte{'0' + c>>6, '0' + c>>3&7, '0' + c&7}))
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// Path writes a path for people: as it is, or quoted where it holds what
// a terminal would act on.
func Path(s string) string {
	if q := strconv.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}
