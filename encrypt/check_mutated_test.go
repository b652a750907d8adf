package encrypt

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Whatever stands in the place of any one ciphertext, the rule's verdict sees it.
func TestCheckRefusesEveryCiphertextThatIsNone(t *testing.T) {
	mutations := 0
	for _, s := range oracleSelectors() {
		for _, c := range oracleCases() {
			mutations += refusesMutations(t, s, c.format, c.plain)
		}
		if s.kind == policy.UnencryptedCommentRegex {
			continue // a comment can come to stand behind one that leaves it in the clear
		}
		for seed := range uint64(60) {
			m := commentMaker{Rand: rand.New(rand.NewPCG(seed, 9))}
			m.block(0, 3)
			mutations += refusesMutations(t, s, YAML, m.String())
		}
	}
	if mutations < 10000 {
		t.Errorf("only %d mutations were tried", mutations)
	}
}

func refusesMutations(t *testing.T, s oracleSelector, format Format, plain string) (tried int) {
	t.Helper()
	rule, file := oracleRule(t, s.kind, s.text, s.macOnly), File{Name: "f", Input: format, Output: format}
	out, err := Seal(t.Context(), rule, file, []byte(plain), SealOptions{}, &paperKeys{})
	if err != nil {
		return 0 // refused: nothing was written
	}
	for _, at := range regexp.MustCompile(`ENC\[AES256_GCM,[^\]]*\]`).FindAllIndex(out.Bytes, -1) {
		whole := string(out.Bytes[at[0]:at[1]])
		for _, other := range []string{
			"plain", whole[:len(whole)-1], whole + "x", "x" + whole, whole + " secret", strings.ToLower(whole),
			strings.Replace(whole, "data:", "data:!", 1), strings.Replace(whole, ",iv:", ",iv:=", 1),
			strings.Replace(whole, "GCM", "CBC", 1), strings.Replace(whole, "type:", "typ:", 1),
		} {
			tried++
			bad := bytes.Join([][]byte{out.Bytes[:at[0]], []byte(other), out.Bytes[at[1]:]}, nil)
			if err := checkBytes(rule, file, bad); err == nil {
				t.Fatalf("%s %q: %s passes in\n%s", s.kind, s.text, other, bad)
			}
		}
	}
	return tried
}
