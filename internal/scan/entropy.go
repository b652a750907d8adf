package scan

import (
	"math"
	"slices"
	"unicode/utf8"
)

// entropy is Shannon's, in bits for each rune, as gitleaks computes it: the
// frequency is of the runes in the bytes.
func entropy(s []byte) float64 {
	if len(s) == 0 {
		return 0
	}
	var ascii [utf8.RuneSelf]int
	var others []rune
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			ascii[s[i]]++
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		others = append(others, r)
		i += n
	}
	bits, inverse := 0.0, 1/float64(len(s))
	add := func(n int) {
		f := float64(n) * inverse
		bits -= f * math.Log2(f)
	}
	for _, n := range ascii {
		if n > 0 {
			add(n)
		}
	}
	slices.Sort(others)
	for len(others) > 0 {
		n := 1
		for n < len(others) && others[n] == others[0] {
			n++
		}
		add(n)
		others = others[n:]
	}
	return bits
}
