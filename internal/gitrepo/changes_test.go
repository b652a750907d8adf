package gitrepo

import (
	"strings"
	"testing"
)

const (
	idA  = "1111111111111111111111111111111111111111"
	idB  = "2222222222222222222222222222222222222222"
	zero = "0000000000000000000000000000000000000000"
)

func TestParseID(t *testing.T) {
	for _, c := range []struct {
		text string
		want ID
		ok   bool
	}{
		{idA, idA, true},
		{strings.Repeat("ab", 32), ID(strings.Repeat("ab", 32)), true},
		{zero, "", true},
		{strings.Repeat("0", 64), "", true},
		{"", "", false},
		{idA[1:], "", false},
		{strings.ToUpper(strings.Repeat("ab", 20)), "", false},
		{"HEAD", "", false},
	} {
		if got, err := ParseID(c.text); got != c.want || (err == nil) != c.ok {
			t.Errorf("%q gives %q, %v", c.text, got, err)
		}
	}
}

func TestRawChanges(t *testing.T) {
	for _, c := range []struct {
		name, raw, want string // want: paths, or "error"
	}{
		{"one", ":100644 100644 " + idA + " " + idB + " M\x00a\x00", "a"},
		{"merge", "::100644 100644 100644 " + idA + " " + idA + " " + idB + " MM\x00a\x00", "a"},
		{"a path that looks like a change", ":000000 100644 " + zero + " " + idB + " A\x00:100644 x\x00", ":100644 x"},
		{"a path that looks like an id", ":000000 100644 " + zero + " " + idB + " A\x00" + idA + "\x00", idA},
		{"unmerged", ":000000 000000 " + zero + " " + zero + " U\x00a\x00", "error"},
		{"ends in a path", ":100644 100644 " + idA + " " + idB + " M\x00a", "error"},
		{"ends before a path", ":100644 100644 " + idA + " " + idB + " M\x00", "error"},
		{"nonsense", "x\x00", "error"},
		{"short id", ":100644 100644 1 " + idB + " M\x00a\x00", "error"},
		{"empty path", ":100644 100644 " + idA + " " + idB + " M\x00\x00", "error"},
	} {
		got := ""
		err := rawChanges(strings.NewReader(c.raw), func(ch Change) error {
			got += ch.Path
			return nil
		}, nil)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}

// Whatever git prints, the parsers neither panic nor take half for the whole.
func FuzzRaw(f *testing.F) {
	f.Add([]byte(":100644 100644 " + idA + " " + idB + " M\x00a\x00"))
	f.Add([]byte(idA + "\x00::100644 100644 100644 " + idA + " " + idA + " " + idB + " MM\x00a\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := 0
		err := rawChanges(strings.NewReader(string(raw)), func(c Change) error {
			n++
			if c.Path == "" || c.New.ID != "" && !isID(string(c.New.ID)) {
				t.Errorf("change %+v", c)
			}
			return nil
		}, func(ID) error { return nil })
		if err == nil && len(raw) > 0 && raw[len(raw)-1] != 0 {
			t.Error("half a record was taken for a whole one")
		}
		if _, err := parseTree(raw, 20); err == nil && len(raw) > 0 && len(raw) < 22 {
			t.Error("half a tree was taken for a whole one")
		}
	})
}
