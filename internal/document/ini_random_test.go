package document

import (
	"math/rand"
	"strings"
	"testing"
)

// iniPieces make sources that are wrong in many ways, or nearly.
var iniPieces = []string{
	"a", "b", "k", "=", "=", ":", "\n", "\n", "\n", " ", "\t", "[s]", "[", "]", "`", "`", `"`, `"`, `"""`, `"""`, "'", "\\", "\\\n", "\r\n", "-", "é", "\u00a0", "\v", "a=1\n", "[t]\n", "k2=`", "x=\"\"\"",
}

// iniStricter are the reasons for which we refuse what sops takes.
var iniStricter = []string{"text behind", "occurs twice", `the key "-"`, "UTF-16"}

func TestINIRandom(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for range iniRandomRounds {
		var b strings.Builder
		signs := rnd.Intn(2) == 0
		for range 1 + rnd.Intn(25) {
			i := rnd.Intn(len(iniPieces) + 6)
			switch {
			case i < len(iniPieces):
				b.WriteString(iniPieces[i])
			case signs:
				b.WriteString([]string{"#", ";", " ;", "\n; c\n", "\n#", " # "}[i-len(iniPieces)])
			}
		}
		src := b.String()
		theirs, sopsErr := storeOf(INI, Style{}).LoadPlainFile([]byte(src))
		d, err := Parse(INI, []byte(src), ParseOptions{})
		if err != nil {
			if sopsErr == nil && !signs && !containsAny(err.Error(), iniStricter) {
				t.Fatalf("%q: sops reads it, we do not: %v", src, err)
			}
			continue
		}
		if !signs {
			if sopsErr != nil {
				t.Fatalf("%q: sops does not read it: %v", src, sopsErr)
			}
			if diff := diffSopsDocument(d, theirs); diff != "" {
				t.Fatalf("%q: %s", src, diff)
			}
		}
		if worst(d) == Changed {
			continue
		}
		if _, err := d.Encode(INI, Style{}); err != nil {
			if msg := err.Error(); !strings.Contains(msg, "cannot be quoted") && !strings.Contains(msg, "its name") {
				t.Fatalf("%q: %v", src, err)
			}
			continue
		}
		readBack(t, INI, d, sameINI)
		if t.Failed() {
			t.Fatalf("source: %q", src)
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

const iniRandomRounds = 5000
