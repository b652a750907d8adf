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
	f.Add([]byte("abcdabcdabcdeabcd"), []byte("abcdab\x00bcdabc\x00cdabcdea"))
	f.Add([]byte("aaaaaaaaaaaa"), []byte("aaaaaa\x00aaaaaaa\x00aaaaaaaaa"))
	f.Fuzz(func(t *testing.T, src, list []byte) {
		var patterns []string
		for p := range bytes.SplitSeq(list, []byte{0}) {
			if len(p) >= headLength && !slices.Contains(patterns, string(p)) && len(patterns) < 50 {
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

// Many values that begin alike, in a text made of their beginning, and more hits
// than are told.
func TestValuesHostile(t *testing.T) {
	f := newFaker(13)
	var values [][]byte
	for range 2000 {
		values = append(values, []byte(strings.Repeat("a", 60)+f.token(6)))
	}
	values = append(values, bytes.Repeat([]byte("a"), 1<<20))
	v := NewValues(values)
	text := bytes.Repeat([]byte("a"), 1<<18)
	if hits := v.Scan(append(text, values[7]...)); len(hits) == 0 || len(hits) > MaxValueHits {
		t.Errorf("%d hits", len(hits))
	}
	one := append([]byte("prefix-"+f.token(20)), '\n')
	if hits := NewValues([][]byte{one}).Scan(bytes.Repeat(one, 2*MaxValueHits)); len(hits) != MaxValueHits || hits[9].Line != 10 {
		t.Errorf("%d hits", len(hits))
	}
}

func BenchmarkValues(b *testing.B) {
	f := newFaker(12)
	for _, count := range []int{100, 10000} {
		var values [][]byte
		for range count {
			values = append(values, []byte(f.token(20)))
		}
		src := []byte(strings.Repeat("the quick brown fox jumps over the lazy dog: "+f.token(30)+"\n", 1<<14))
		b.Run(fmt.Sprint("new/", count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NewValues(values)
			}
		})
		v := NewValues(values)
		b.Run(fmt.Sprint("scan/", count), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				v.Scan(src)
			}
		})
	}
}
