package encrypt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

func TestSelection(t *testing.T) {
	const text = "kind: hunter2\ndata:\n    # a note\n    token: hunter2\n    empty: \"\"\n    list:\n        - hunter2\n        - null\n"
	selector, err := policy.NewSelector(policy.EncryptedRegex, "^data$")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		selector policy.Selector
		want     string
	}{
		{"a.yaml", selector, `["kind"]:1 ["data"]["token"]:4* ["data"]["empty"]:5 ["data"]["list"][0]:7* ["data"]["list"][1]:8`},
		{"a.yaml", policy.Selector{}, `["kind"]:1* ["data"]["token"]:4* ["data"]["empty"]:5 ["data"]["list"][0]:7* ["data"]["list"][1]:8`},
		{"a", selector, `["data"]:1*`},
	} {
		got, err := Selection(&policy.Rule{Selector: c.selector}, FileAt(c.name), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, v := range got {
			word := fmt.Sprintf("%s:%d", v.Path, v.Pos.Line)
			if v.Encrypted {
				word += "*"
			}
			words = append(words, word)
		}
		if s := strings.Join(words, " "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
		if strings.Contains(fmt.Sprint(got), "hunter2") {
			t.Error("a value is in the answer")
		}
	}
}
