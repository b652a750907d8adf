package document

import (
	"math/rand"
	"testing"
)

// jsonStricter are the reasons for which we refuse what sops takes.
var jsonStricter = []string{"text after the end", "may be truncated", "it ends where", "not valid UTF-8", "surrogate", "1000 levels"}

const jsonRandomRounds = 5000

// TestJSONRandom damages sources in every way and compares who takes them.
func TestJSONRandom(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	const pieces = "{}[]:,\"\\ \n\t0123456789-+.eEtrufalsn\x00\x1f\x7f\xff\xc3\xed"
	for range jsonRandomRounds {
		src := []byte(jsonSources[rnd.Intn(len(jsonSources))])
		if rnd.Intn(2) == 0 {
			src = []byte(generateJSON(rnd, 0))
		}
		for range rnd.Intn(4) {
			i := rnd.Intn(len(src) + 1)
			switch rnd.Intn(3) {
			case 0:
				src = append(src[:i:i], append([]byte{pieces[rnd.Intn(len(pieces))]}, src[i:]...)...)
			case 1:
				src = append(src[:i:i], src[min(i+1, len(src)):]...)
			case 2:
				if i < len(src) {
					src[i] = pieces[rnd.Intn(len(pieces))]
				}
			}
		}
		theirs, sopsErr := storeOf(JSON, Style{}).LoadPlainFile(src)
		d, err := Parse(JSON, src, ParseOptions{})
		switch {
		case err != nil:
			if sopsErr == nil && !containsAny(err.Error(), jsonStricter) {
				t.Fatalf("%q: sops reads it, we do not: %v", src, err)
			}
			continue
		case sopsErr != nil:
			t.Fatalf("%q: sops does not read it: %v", src, sopsErr)
		}
		if diff := diffSopsDocument(d, theirs); diff != "" {
			t.Fatalf("%q: %s", src, diff)
		}
		writtenAsSops(t, JSON, d)
		if worst(d) != Changed {
			readBack(t, JSON, d, sameJSON)
		}
	}
}
