package call

import "testing"

func TestFitsHeader(t *testing.T) {
	for s, want := range map[string]bool{"": true, "a.b-c_~!": true, "a b": false, "a\nb": false, "a\x7f": false, "ä": false, "a\x00": false} {
		if got := FitsHeader(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}
