package text

import "testing"

func TestIsVariable(t *testing.T) {
	for s, want := range map[string]bool{"A": true, "_": true, "a_1": true, "": false, "1A": false, "A-B": false, "A\n": false, "Ä": false, "A=B": false} {
		if got := IsVariable(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}
