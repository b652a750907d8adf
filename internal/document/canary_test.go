package document

import (
	"fmt"
	"strings"
	"testing"
)

// TestNoErrorQuotesTheSource cuts and damages sources at every place.
func TestNoErrorQuotesTheSource(t *testing.T) {
	sources := map[Format]string{
		JSON:   `{"a":"` + canary + `","b":["` + canary + `\n",{"c":12.5}],"sops":{"mac":"` + canary + `","age":[{"enc":"` + canary + `"}]}}`,
		Dotenv: "# " + canary + "\nA=" + canary + "\nsops_mac=" + canary + "\nsops_age__list_0__map_enc=" + canary + "\n",
		INI: "; " + canary + "\n[s] ; " + canary + "\na = " + canary + " # " + canary + "\nb = `" + canary + "`\nc = \"\"\"" + canary + "\n" + canary +
			"\"\"\"\nd = " + canary + " \\\n" + canary + "\n[sops]\nmac = " + canary + "\nage__list_0__map_enc = \"" + canary + "\"\n",
	}
	failed := 0
	for f, src := range sources {
		try := func(src string) {
			d, err := Parse(f, []byte(src), ParseOptions{})
			if err == nil {
				_, err = d.TakeMetadata()
			}
			if err != nil {
				failed++
			}
			noCanary(t, err)
		}
		for i := range src {
			try(src[:i])
			try(src[i:])
			for _, c := range "\"`'\\\n\x00{}[]=:#; 9e_" {
				try(src[:i] + string(c) + src[i+1:])
				try(src[:i] + string(c) + src[i:])
			}
			try(src[:i] + "\xff" + src[i+1:])
		}
	}
	if failed < 1000 {
		t.Errorf("only %d sources were refused", failed)
	}
}

// TestHostileShapes reads what makes careless readers quadratic. Each takes
// milliseconds; a quadratic one would take hours and trip the test's timeout.
func TestHostileShapes(t *testing.T) {
	const n = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, n/len(s)) }
	numbered := func(format string) string {
		var b strings.Builder
		for i := range n / 16 {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		f   Format
		src string
	}{
		{JSON, `{"a":"` + fill(`\"`) + `"}`}, {JSON, `{"a":"` + fill("<") + `"}`}, {JSON, `{"a":"` + fill("é") + `"}`}, {JSON, `{"a":"` + fill("\u2028") + `"}`}, {JSON, `{"a":[` + fill("0,") + `0]}`},
		{JSON, `{"a":[` + fill("{},") + `0]}`}, {JSON, `{` + fill("\n") + `}`}, {JSON, `{"sops":{` + numbered(`"k%d":1,`) + `"x":1}}`},
		{Dotenv, fill("\n")}, {Dotenv, "A=" + fill(`\n`)}, {Dotenv, fill("#\n")}, {Dotenv, fill("A=\n")}, {Dotenv, numbered("sops_a__list_%d=\n")}, {Dotenv, numbered("sops_a__map_%d__list_0=\n")},
		{INI, "a=b" + fill("#")}, {INI, "a=b" + fill("#;")}, {INI, "a=" + fill("`")}, {INI, "a=\"\"\"" + fill("x\n") + "\"\"\""}, {INI, "a=`" + fill("\\\n") + "`"}, {INI, "a=" + fill("\\\n")}, {INI, "a=" + fill("b \\\n")},
		{INI, fill(";\n") + "a=1"}, {INI, fill("[s]\n")}, {INI, numbered("[s%d]\n")}, {INI, numbered("k%d=\n")}, {INI, "[sops]\n" + numbered("a__list_%d=\n")}, {INI, "a=\"" + fill("'") + "\""}, {INI, "a=" + fill(" ") + "#"}, {INI, "`" + fill("a") + "`=1\n" + numbered("k%d=\n")},
		{INI, "a=\"\"\"" + fill("\"\"\"\\\n") + "\"\"\""}, {INI, "a=`" + fill("`\\\n") + "`"},
	} {
		d, err := Parse(c.f, []byte(c.src), ParseOptions{})
		if err != nil {
			continue
		}
		if _, err := d.Encode(c.f, Style{}); err != nil {
			t.Logf("%.20q: %v", c.src, err)
		}
		if meta, err := d.TakeMetadata(); err == nil {
			if err := d.PutMetadata(c.f, meta); err != nil {
				t.Error(err)
			}
		}
		d.HasMetadata(c.f)
		if parsed, err := Parse(Binary, []byte(c.src), ParseOptions{}); err != nil || parsed.HasMetadata(Binary) {
			t.Errorf("%.20q: seen as an envelope (%v)", c.src, err)
		}
	}
}
