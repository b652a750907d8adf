package scan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	f := newFaker(11)
	values := [][]byte{[]byte("p/ss \"w&rd\" +%é" + f.token(4)), []byte(f.token(6)), []byte("short"), []byte("production"), f.bytes(32),
		[]byte(f.base64(48) + "\n" + f.base64(48) + "\n")}
	v := NewValues(values)
	if got, want := v.Ignored(), []int{2, 3}; !slices.Equal(got, want) {
		t.Errorf("ignored %v, want %v", got, want)
	}
	for i, value := range values {
		if slices.Contains(v.Ignored(), i) {
			continue
		}
		value = bytes.TrimRight(value, "\n")
		quoted, err := json.Marshal(string(value))
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string]string{
			"raw": string(value), "hex": hex.EncodeToString(value), "url": url.QueryEscape(string(value)), "url path": url.PathEscape(string(value)),
			"json": string(quoted[1 : len(quoted)-1]), "hex big": strings.ToUpper(hex.EncodeToString(value)),
			"base64 0": base64.StdEncoding.EncodeToString(value), "base64 1": base64.StdEncoding.EncodeToString([]byte("x" + string(value) + "y")),
			"base64 2": base64.URLEncoding.EncodeToString([]byte("xy" + string(value) + "zzz")),
		} {
			if form == "json" && i == 4 {
				continue // bytes that are no text do not survive JSON
			}
			src := "first line\nkey: " + text + "\nlast"
			hits := v.Scan([]byte(src))
			if len(hits) == 0 {
				t.Errorf("value %d as %s was not found", i, form)
				continue
			}
			for _, h := range hits {
				if h.Value != i || h.Line != 2 && i != 5 || h.Offset < 16 || h.Offset+h.Length > 16+len(text) {
					t.Errorf("value %d as %s: got %+v", i, form, h)
				}
			}
		}
	}
	lines := strings.Split(string(values[5]), "\n")
	if hits := v.Scan([]byte("  " + lines[1])); len(hits) != 1 || hits[0].Form != "line" || hits[0].Column != 3 {
		t.Errorf("a line of a value: got %+v", hits)
	}
	if hits := v.Scan([]byte("nothing, in production, but short")); hits != nil {
		t.Errorf("got %+v", hits)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if got := fmt.Sprintf(format, v); got != "6 values" {
			t.Errorf("%s prints %d bytes", format, len(got))
		}
	}
}

// What the search finds is what looking for each pattern finds.
func FuzzSearcher(f *testing.F) {
	f.Add([]byte("abcdabcdeabcd"), []byte("abcd\x00bcda\x00cdabc"))
	f.Add([]byte("aaaaaaaaaaaa"), []byte("aaaa\x00aaaaa\x00aaaaaa"))
	f.Fuzz(func(t *testing.T, src, list []byte) {
		var patterns []string
		for p := range bytes.SplitSeq(list, []byte{0}) {
			if len(p) >= 4 && !slices.Contains(patterns, string(p)) && len(patterns) < 50 {
				patterns = append(patterns, string(p))
			}
		}
		want := map[[3]int]bool{}
		for n, p := range patterns {
			for i := 0; i+len(p) <= len(src); i++ {
				if string(src[i:i+len(p)]) == p {
					want[[3]int{n, i, i + len(p)}] = true
				}
			}
		}
		got := 0
		newSearcher(patterns).find(src, func(n, start, end int) bool {
			if !want[[3]int{n, start, end}] {
				t.Errorf("pattern %d at %d to %d is not there", n, start, end)
			}
			got++
			return true
		})
		if got != len(want) {
			t.Errorf("got %d places, want %d", got, len(want))
		}
	})
}
