package runner

import (
	"slices"
	"testing"
)

func TestCommentMasks(t *testing.T) {
	for comment, want := range map[string]struct{ usual, all []string }{
		"":                                     {},
		" TODO":                                {},
		" production":                          {nil, []string{"production"}},
		" the databases of the shop":           {[]string{"the databases of the shop"}, []string{"the databases of the shop"}},
		" note: important":                     {[]string{"note: important"}, []string{"note: important", "important"}},
		"GAMMA=hunter2hunter2":                 {[]string{"GAMMA=hunter2hunter2", "hunter2hunter2", "GAMMA=hunter2hunter2"}, nil},
		" export PASS='horse'":                 {[]string{"export PASS='horse'", "horse"}, nil},
		" old password: correct-horse-battery": {[]string{"old password: correct-horse-battery", "correct-horse-battery", "correct-horse-battery"}, nil},
		" gamma is s3cr3t-of-old.":             {[]string{"gamma is s3cr3t-of-old.", "s3cr3t-of-old"}, nil},
		"A=1":                                  {},
		" debug: true":                         {[]string{"debug: true"}, nil},
		"two\nlines of text":                   {[]string{"lines of text"}, nil},
	} {
		if want.all == nil {
			want.all = want.usual
		}
		if got := CommentMasks(comment, false); !slices.Equal(got, want.usual) {
			t.Errorf("%q: got %q, want %q", comment, got, want.usual)
		}
		if got := CommentMasks(comment, true); !slices.Equal(got, want.all) {
			t.Errorf("%q, all: got %q, want %q", comment, got, want.all)
		}
	}
}
