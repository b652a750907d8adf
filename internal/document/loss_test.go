package document

import (
	"fmt"
	"strings"
	"testing"
)

// TestLossPathsAreBounded keeps many losses below long names from taking
// memory quadratic in the source.
func TestLossPathsAreBounded(t *testing.T) {
	for _, c := range []struct {
		f   Format
		src string
	}{
		{JSON, `{"` + strings.Repeat("k", 1<<20) + `":[1.0` + strings.Repeat(",1.0", 1<<16) + `]}`},
		{JSON, strings.Repeat(`{"key":`, 999) + "[-0" + strings.Repeat(",-0", 1<<16) + "]" + strings.Repeat("}", 999)},
		{INI, "[" + strings.Repeat("s", 1<<20) + "]\n" + continued(1<<16)},
	} {
		d, err := Parse(c.f, []byte(c.src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, l := range d.Losses {
			size += len(l.Path)
		}
		if len(d.Losses) < 1<<16 || size > 2*maxPaths {
			t.Errorf("%v: %d losses take %d bytes of paths", c.f, len(d.Losses), size)
		}
	}
}

// continued is n keys whose values go on in the next line.
func continued(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d=a\\\nb\n", i)
	}
	return b.String()
}
