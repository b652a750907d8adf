package document

import (
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

func TestBinary(t *testing.T) {
	for _, src := range []string{"", "x", "\x00\xff\xfe", "{}", "a: 1\n", strings.Repeat("\x80", 1<<16)} {
		d := sameAsSops(t, Binary, src)
		data := d.Roots[0].Items[0]
		if data.KeyPos != (Pos{1, 1}) {
			t.Errorf("got position %v", data.KeyPos)
		}
		out, err := d.Encode(Binary, Style{})
		if err != nil || string(out) != src {
			t.Errorf("got %d bytes, %v", len(out), err)
		}
		if d.HasMetadata(Binary) {
			t.Error("HasMetadata sees some")
		}
	}
}

func TestBinaryCopiesNothing(t *testing.T) {
	src := []byte("some bytes")
	d, err := Parse(Binary, src, ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.Encode(Binary, Style{})
	if err != nil || unsafe.SliceData(out) != unsafe.SliceData(src) {
		t.Errorf("the bytes were copied (%v)", err)
	}
}

func TestBinaryEnvelope(t *testing.T) {
	sealed := string(sealedBySops(t, Binary, 1))
	for _, c := range []struct {
		src  string
		want bool
	}{
		{sealed, true}, {" \r\n" + sealed, true}, {`{"sops":{"mac":"x"},"data":"ENC[x]"}`, true}, {`{"data":"ENC[x]","sops":{},"n":1e400}`, true},
		{"x" + sealed, false}, {sealed[:len(sealed)-10], false}, {`{"data":"x","sops":{}} ENC[`, false}, {`{"data":"x","sops":{"mac":"ENC["}}`, false},
		{`{"data":"ENC[x]"}`, false}, {`{"data":"ENC[x]","sops":1}`, false}, {`{"a":{"data":"ENC[x]","sops":{}}}`, false}, {`[{"data":"ENC[x]","sops":{}}]`, false},
	} {
		d, err := Parse(Binary, []byte(c.src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.HasMetadata(Binary); got != c.want {
			t.Errorf("%.60q: got %v", c.src, got)
		}
		if d.HasMetadata(YAML) || d.HasMetadata(Dotenv) {
			t.Errorf("%.60q: metadata is seen for another format", c.src)
		}
	}
}

func TestBinarySealed(t *testing.T) {
	d, err := Parse(Binary, sealedBySops(t, Binary, 1), ParseOptions{Sealed: true})
	if err != nil || d.Format != Binary {
		t.Fatalf("got %+v, %v", d, err)
	}
	for _, src := range []string{"", canary, "\x00", "[1]", `{"data":"` + canary} {
		d, err := Parse(Binary, []byte(src), ParseOptions{Sealed: true})
		if err == nil || d != nil {
			t.Errorf("%q is read as an encrypted file", src)
		}
		noCanary(t, err)
	}
}

func TestBinaryCannotWrite(t *testing.T) {
	for _, items := range [][]*Node{nil, {{Kind: Int, Key: "data"}}, {{Kind: String, Key: "Data"}}, {{Kind: Comment, Text: "data"}}} {
		_, err := (&Document{Roots: []*Node{{Kind: Map, Items: items}}}).Encode(Binary, Style{})
		if err == nil || !strings.Contains(err.Error(), "use --output-type to select the output type") {
			t.Errorf("got %v", err)
		}
	}
}

// TestLargeValue passes one value of 8 MB through each format and counts what
// is allocated: a string must not be copied again and again.
func TestLargeValue(t *testing.T) {
	value := strings.Repeat("ENC[AES256_GCM,data:+/==", 8<<20/24)
	for _, c := range []struct {
		f   Format
		src string
	}{
		{JSON, `{"data":"` + value + `"}`}, {Dotenv, "A=" + value + "\n"}, {INI, "[s]\na = " + value + "\n"},
	} {
		src := []byte(c.src)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := Parse(c.f, src, ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := d.Encode(c.f, Style{})
		if err != nil || !strings.Contains(textOf(out), value) {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(len(src))*3/2; got > most {
			t.Errorf("%v: %d bytes are allocated for a value of %d", c.f, got, len(value))
		}
	}
}
