package files

import (
	"slices"
	"testing"
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
