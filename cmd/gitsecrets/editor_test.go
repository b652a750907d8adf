package main

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/shlex"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

func TestEditorCommand(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want []string // nil: an error
	}{
		{map[string]string{"EDITOR": "ed"}, []string{"ed"}},
		{map[string]string{"EDITOR": "ed", "SOPS_EDITOR": "code --wait 'my dir'"}, []string{"code", "--wait", "my dir"}},
		{map[string]string{"EDITOR": "unclosed '"}, nil},
		{map[string]string{"SOPS_EDITOR": "# only a comment"}, nil},
	} {
		got, err := editorCommand(func(k string) string { return c.env[k] })
		if !slices.Equal(got, c.want) || (err != nil) != (c.want == nil) {
			t.Errorf("%v: got %q, %v, want %q", c.env, got, err, c.want)
		}
	}
}

func FuzzShellQuote(f *testing.F) {
	f.Add("it's")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // the reader knows UTF-8 only
		}
		words, err := shlex.Split(text.ShellPath(s))
		if err != nil || len(words) != 1 || words[0] != s {
			t.Errorf("%q is quoted as %q", s, text.ShellPath(s))
		}
	})
}
