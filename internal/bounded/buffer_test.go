package bounded

import "testing"

func TestBuffer(t *testing.T) {
	for _, strict := range []bool{false, true} {
		b := Buffer{Limit: 5, Strict: strict}
		for _, step := range []struct {
			p, holds string
			n        int // that a strict buffer takes
			full     bool
		}{{"", "", 0, false}, {"abc", "abc", 3, false}, {"de", "abcde", 2, false}, {"", "abcde", 0, false}, {"f", "abcde", 0, true}, {"ghi", "abcde", 0, true}} {
			n, err := b.Write([]byte(step.p))
			want := len(step.p)
			if strict {
				want = step.n
			}
			if n != want || (err != nil) != (n < len(step.p)) || string(b.Bytes()) != step.holds || b.Full() != step.full {
				t.Errorf("strict %t, %q: %d, %v; holds %q, full %t", strict, step.p, n, err, b.Bytes(), b.Full())
			}
		}
	}
	b := Buffer{Limit: 3}
	if n, err := b.Write([]byte("abcdef")); n != 6 || err != nil || string(b.Bytes()) != "abc" || !b.Full() {
		t.Errorf("%d, %v; holds %q", n, err, b.Bytes())
	}
}
