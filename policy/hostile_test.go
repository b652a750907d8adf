package policy

import (
	"strings"
	"testing"
)

func TestHostile(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		name, last := string(rune('b'+i)), string(rune('a'+i))
		bomb += name + ": &" + name + " [*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + "]\n"
	}
	many := "creation_rules:\n"
	for range 8000 {
		many += "  - age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n"
	}
	for name, src := range map[string]string{
		"bomb":        bomb + "creation_rules: *m\n",
		"deep":        strings.Repeat("[", 20000),
		"deep merge":  "creation_rules:\n  - key_groups:\n      - " + strings.Repeat("merge: [{", 100) + strings.Repeat("}]", 100) + "\n",
		"self":        "creation_rules: &a\n  - <<: *a\n",
		"self merge":  "a: &a\n  <<: *a\ncreation_rules:\n  - *a\n",
		"large":       strings.Repeat("#", MaxSize+1),
		"many":        many,
		"binary":      "\x00\x01\x02",
		"tab":         "creation_rules:\n\t- age: x\n",
		"two docs":    "creation_rules: []\n---\na: 1\n",
		"scalar":      "hello\n",
		"list":        "- a\n",
		"rule string": "creation_rules: [a]\n",
	} {
		p, err := Parse(FileName, []byte(src))
		if name == "many" {
			if err != nil || len(p.Rules) != 8000 {
				t.Errorf("many: %v", err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	src := []byte("creation_rules:\n" + strings.Repeat("  - path_regex: ^secrets/.*\\.yaml$\n"+oneKey+"    encrypted_regex: ^(data|stringData)$\n", 5))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(FileName, src); err != nil {
			b.Fatal(err)
		}
	}
}
