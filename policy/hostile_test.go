package policy

import (
	"fmt"
	"strings"
	"testing"
)

func TestHostile(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		name, last := string(rune('b'+i)), string(rune('a'+i))
		bomb += name + ": &" + name + " [*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + "]\n"
	}
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	list := func(item string, n int) string { return strings.Repeat("  - "+item+"\n", n) }
	for name, src := range map[string]string{
		"aliases of a long expression": "a: &a\n  path_regex: " + strings.Repeat("x", 16<<10) + "(\n" + oneKey[2:] + "creation_rules:\n" + list("*a", 100_000),
		"aliases of many keys":         "a: &a\n  pgp: " + strings.Repeat("85D77543B3D624B6,", 30_000) + "\ncreation_rules:\n" + list("*a", 50_000),
		"aliases of a large group":     "a: &a\n  pgp: [" + strings.Repeat("85D77543B3D624B6,", 30_000) + "]\ncreation_rules:\n  - key_groups:\n" + strings.Repeat("      - *a\n", 30_000),
		"aliases of mistakes":          "a: &a {b: 1, c: 1, d: 1, e: 1}\ncreation_rules:\n" + list("*a", 100_000),
		"repetitions":                  "creation_rules:\n" + many("  - {path_regex: '%d"+strings.Repeat("x{1000}", 40)+"', age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun}\n", 3000),
		"deep repetitions":             "creation_rules:\n" + list("{path_regex: '((x{100}){100}){100}', age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun}", 1),
		"long expression":              "creation_rules:\n" + list("{path_regex: '"+strings.Repeat("x", 17<<10)+"', age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun}", 1),
		"wide map":                     "creation_rules:\n  - " + strings.Repeat("a: 1\n    ", 90_000) + "b: 1\n",
		"deep map":                     "creation_rules:\n  - key_groups: [" + strings.Repeat("{merge: [", 9000) + strings.Repeat("]}", 9000) + "]\n",
		"deep merge keys":              "creation_rules:\n  - {" + strings.Repeat("<<: {", 200) + strings.Repeat("}", 200) + "}\n",
		"group in itself":              "creation_rules:\n  - key_groups:\n      - &g\n        merge: [*g, *g]\n        age: [age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun]\n",
		"list in itself":               "creation_rules: &r\n  - *r\n",
		"key in itself":                "creation_rules:\n  - &r\n    *r : x\n",
		"merge of itself twice":        "creation_rules:\n  - &r\n    <<: [*r, *r, *r]\n    age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n",
		"bomb":                         bomb + "creation_rules: *m\n",
		"deep":                         strings.Repeat("[", 20000),
		"deep merge":                   "creation_rules:\n  - key_groups:\n      - " + strings.Repeat("merge: [{", 100) + strings.Repeat("}]", 100) + "\n",
		"self":                         "creation_rules: &a\n  - <<: *a\n",
		"self merge":                   "a: &a\n  <<: *a\ncreation_rules:\n  - *a\n",
		"large":                        strings.Repeat("#", MaxSize+1),
		"binary":                       "\x00\x01\x02",
		"tab":                          "creation_rules:\n\t- age: x\n",
		"two docs":                     "creation_rules: []\n---\na: 1\n",
		"scalar":                       "hello\n",
		"list":                         "- a\n",
		"rule string":                  "creation_rules: [a]\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(FileName, []byte(src))
			if err == nil {
				t.Error("accepted")
			} else if n := len(err.Error()); n > 1<<20 {
				t.Errorf("an error of %d bytes", n)
			}
		})
	}
}

func TestManyRules(t *testing.T) {
	var b strings.Builder
	b.WriteString("creation_rules:\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "  - {path_regex: ^d%d/, age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun}\n", i)
	}
	p, err := Parse(FileName, []byte(b.String()))
	if err != nil || len(p.Rules) != 10_000 || len(p.Warnings) != 0 {
		t.Fatal(err)
	}
	if r := p.Rule("d9999/x"); r != p.Rules[9999] {
		t.Errorf("rule %v", r)
	}
}
