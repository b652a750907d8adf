package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain text, ünïcode ✓\n\tnext", "plain text, ünïcode ✓\n\tnext"},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"a\rb\x00\x7f", `a\x0db\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"right\u202eleft", `right\u202eleft`},
		{"no\xffutf8", `no\xffutf8`},
		{"\U000e0001tag", `\U000e0001tag`},
		{"\ufffd", "\ufffd"},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("Escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got, want := EscapeLine("a\nb\t\x1b"), `a\nb\t\x1b`; got != want {
		t.Errorf("EscapeLine = %q, want %q", got, want)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !shown(r) }) {
			t.Errorf("Escape(%q) = %q holds what must not be shown", s, got)
		}
		if again := Escape(got); again != got {
			t.Errorf("Escape(%q) = %q, and once more %q", s, got, again)
		}
	})
}
