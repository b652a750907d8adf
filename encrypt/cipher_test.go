package encrypt

import (
	"bytes"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
)

func testCipher(t testing.TB) *valueCipher {
	t.Helper()
	c, err := newValueCipher(oracleKey)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCipherAgreesWithSops(t *testing.T) {
	c := testCipher(t)
	theirs := aes.NewCipher()
	for _, size := range []int{1, 2, 3, 15, 16, 17, 1000, base64Chunk - 1, base64Chunk, base64Chunk + 1, base64Chunk + 2, 3*base64Chunk + 7} {
		plain := strings.Repeat("päss", size/5+1)[:size]
		sealed := c.seal(plain, typeString, bytes.Repeat([]byte{7}, nonceSize), []byte("a:b:"))
		got, err := theirs.Decrypt(sealed, oracleKey, "a:b:")
		if err != nil || got != plain {
			t.Fatalf("size %d: sops does not open ours: %v", size, err)
		}
		// sops encrypts under the nonce that it saw: the bytes must agree.
		again, err := theirs.Encrypt(plain, oracleKey, "a:b:")
		if err != nil || again != sealed {
			t.Fatalf("size %d: sops writes otherwise: %v", size, err)
		}
		back, typ, err := c.open(again, []byte("a:b:"))
		if err != nil || back != plain || typ != typeString {
			t.Fatalf("size %d: got type %q, %v", size, typ, err)
		}
	}
	comment, err := theirs.Encrypt(sops.Comment{Value: " note"}, oracleKey, ":")
	if err != nil {
		t.Fatal(err)
	}
	if plain, typ, err := c.open(comment, rootAAD); err != nil || plain != " note" || typ != typeComment {
		t.Errorf("comment: %q %q %v", plain, typ, err)
	}
}

func TestCipherRefuses(t *testing.T) {
	c := testCipher(t)
	good := c.seal("s3cret-canary", typeString, bytes.Repeat([]byte{7}, nonceSize), []byte("a:"))
	at := func(part string) int { return strings.Index(good, part) + len(part) }
	cases := map[string]string{
		"trailing text":        good + "x",
		"trailing blank":       good + " ",
		"no bracket":           good[:len(good)-1],
		"truncated":            good[:len(good)/2],
		"line break in data":   good[:at("data:")+4] + "\n" + good[at("data:")+4:],
		"data changed":         good[:at("data:")] + "AAAA" + good[at("data:")+4:],
		"iv changed":           good[:at("iv:")] + "AAAA" + good[at("iv:")+4:],
		"tag changed":          good[:at("tag:")] + "AAAA" + good[at("tag:")+4:],
		"no tag":               strings.Replace(good, ",tag:", ",", 1),
		"tag twice":            strings.Replace(good, ",tag:", ",tag:AAAAAAAAAAAAAAAAAAAAAA==,tag:", 1),
		"no data":              "ENC[AES256_GCM,data:,iv:AAAA,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]",
		"no iv":                "ENC[AES256_GCM,data:AAAA,iv:,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]",
		"huge iv":              "ENC[AES256_GCM,data:AAAA,iv:" + strings.Repeat("AAAA", 1000) + ",tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]",
		"other cipher":         strings.Replace(good, "AES256_GCM", "AES128_GCM", 1),
		"empty brackets":       "ENC[]",
		"plain text":           "s3cret-canary",
		"second base64 spells": strings.Replace(good, "=,iv", "=", 1),
	}
	for name, sealed := range cases {
		if _, _, err := c.open(sealed, []byte("a:")); err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes: %v", name, err)
		}
	}
	if _, _, err := c.open(good, []byte("b:")); err == nil {
		t.Error("opened at another path")
	}
	if _, _, err := c.open(good, []byte("a:")); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func FuzzParseSealed(f *testing.F) {
	c := testCipher(f)
	f.Add(c.seal("text", typeString, bytes.Repeat([]byte{7}, nonceSize), []byte("a:")))
	f.Add("ENC[AES256_GCM,data:,iv:,tag:,type:]")
	f.Add("ENC[AES256_GCM,data:A,iv:B,tag:C,type:str]")
	f.Fuzz(func(t *testing.T, s string) {
		plain, typ, err := c.open(s, []byte("a:"))
		if err != nil || typ != typeString {
			return // whether the text fits another type is seen later
		}
		// What opens, sops opens as well.
		if got, err := aes.NewCipher().Decrypt(s, oracleKey, "a:"); err != nil || got != plain {
			t.Errorf("sops: %v", err)
		}
	})
}

func BenchmarkSealValue(b *testing.B) {
	c := testCipher(b)
	nonce, aad := bytes.Repeat([]byte{7}, nonceSize), []byte("some:path:")
	b.ReportAllocs()
	for b.Loop() {
		c.seal("a value of 24 characters", typeString, nonce, aad)
	}
}

func BenchmarkOpenValue(b *testing.B) {
	c := testCipher(b)
	aad := []byte("some:path:")
	sealed := c.seal("a value of 24 characters", typeString, bytes.Repeat([]byte{7}, nonceSize), aad)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.open(sealed, aad); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenValueSops(b *testing.B) {
	sealed := testCipher(b).seal("a value of 24 characters", typeString, bytes.Repeat([]byte{7}, nonceSize), []byte("some:path:"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := aes.NewCipher().Decrypt(sealed, oracleKey, "some:path:"); err != nil {
			b.Fatal(err)
		}
	}
}
