package equivalence

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/detect"

	"github.com/gitsecrets/gitsecrets/internal/scan/equivalence/scan"
)

// hide encodes text.
func hide(r *rand.Rand, text string) string {
	switch r.Intn(4) {
	case 0:
		return base64.StdEncoding.EncodeToString([]byte(text))
	case 1:
		return base64.RawURLEncoding.EncodeToString([]byte(text))
	case 2:
		return hex.EncodeToString([]byte(text))
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || r.Intn(6) == 0 || strings.IndexByte("%\"'<>`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// What gitleaks finds when it decodes to depth two is found here too. More is
// found here: base64 without its padding or broken into lines, text beyond
// ASCII, words with some escapes of other bytes, UTF-16. gitleaks also takes
// control characters for text.
func TestDecoded(t *testing.T) {
	d := newDetector(t)
	d.MaxDecodeDepth = 2
	rules, _ := tokens(d)
	r := rand.New(rand.NewSource(int64(setting("SCAN_SEED", 1))))
	s := scan.New(scan.Options{MaxFindings: 10000})
	n, missed := 0, 0
	for total := 0; total < setting("SCAN_KB", 200)*1000; {
		var b strings.Builder
		for range 20 {
			rule := rules[r.Intn(len(rules))]
			text := sample(r, rule)
			if strings.IndexFunc(text, func(c rune) bool { return c >= 0x7f || c < '\t' || c > '\r' && c < ' ' }) >= 0 {
				continue // what decodes to control characters is no text here
			}
			text = "my " + text + "\n"
			for range 1 + r.Intn(2) {
				text = hide(r, text)
			}
			fmt.Fprintf(&b, "line with %s and more\n", text)
		}
		src := b.String()
		total += len(src)
		mine := s.Scan("a.yaml", []byte(src))
		for _, f := range d.Detect(detect.Fragment{Raw: src, FilePath: "a.yaml"}) {
			n++
			if !foundOn(mine.Findings, f.RuleID, f.StartLine+1, f.EndLine+1) {
				missed++
				t.Errorf("only gitleaks: %s on line %d (%v): %q in\n%s", f.RuleID, f.StartLine+1, f.Tags, f.Secret, strings.Split(src, "\n")[f.StartLine])
			}
		}
	}
	t.Logf("%d findings, %d missed", n, missed)
	if n < 100 {
		t.Errorf("only %d findings", n)
	}
}

// foundOn reports whether rule found something on the lines, or another one did
// in the place of the generic rule.
func foundOn(all []scan.Finding, rule string, from, to int) bool {
	for _, f := range all {
		if (f.Rule == rule || rule == "generic-api-key") && f.Line <= to+1 && f.EndLine >= from {
			return true
		}
	}
	return false
}
