package ciphertext

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// noise is what ciphertext looks like.
func noise(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func in64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Text of 20 bytes is seen wherever it stands among a few hundred, and random
// bytes of any length are not taken for it.
func TestReadable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 300 {
		if s := in64(noise(r, n)); Readable(s) {
			t.Errorf("%d random bytes: %s", n, s)
		}
		for _, text := range []int{20, 30, 60} {
			if at := r.IntN(n + 1); n == 0 || text >= 30 {
				raw := noise(r, n)
				if s := in64(raw[:at] + strings.Repeat("p4$$ w0rd\n", 6)[:text] + raw[at:]); !Readable(s) {
					t.Errorf("%d letters at %d of %d random bytes pass", text, at, n)
				}
			}
		}
	}
	if Readable(in64(noise(r, 4<<20))) {
		t.Error("4 MiB of random bytes")
	}
	if !Readable(in64(noise(r, 1<<20) + strings.Repeat("secret", 8) + noise(r, 1<<20))) {
		t.Error("48 letters pass in 2 MiB")
	}
}

func TestSOPS(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	value := func(data, iv, tag, typ string) string {
		return fmt.Sprintf("ENC[AES256_GCM,data:%s,iv:%s,tag:%s,type:%s]", data, iv, tag, typ)
	}
	data, iv, tag := in64(noise(r, 30)), in64(noise(r, 32)), in64(noise(r, 16))
	for _, good := range []string{value(data, iv, tag, "str"), value(in64(noise(r, 1)), in64(noise(r, 12)), tag, "comment")} {
		if n := SOPS(good + "] x"); n != len(good) {
			t.Errorf("%s: %d", good, n)
		}
		for cut := range good {
			if n := SOPS(good[:cut]); n != 0 {
				t.Errorf("%s: %d", good[:cut], n)
			}
		}
	}
	for _, bad := range []string{
		value("", iv, tag, "str"), value("AAA", iv, tag, "str"), value(data, "AAAA", "AAAA", "str"), value(data, in64(noise(r, 16)), tag, "str"),
		value(data, strings.Repeat("A", 43)+"=", tag, "str"), value(data, iv, strings.Repeat("A", 22)+"==", "str"), value(data, iv, tag, "secret"),
		value(data, in64("thirty-two letters, all readable"), tag, "str"), value(in64("AKIA1234567890123456"), iv, tag, "str"), "x" + value(data, iv, tag, "str"),
	} {
		if n := SOPS(bad); n != 0 {
			t.Errorf("%s passes", bad)
		}
	}
}

func TestAge(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	word := base64.RawStdEncoding.EncodeToString([]byte(noise(r, 32)))
	file := func(stanza, body, mac, payload string) string {
		return "age-encryption.org/v1\n" + stanza + "\n" + body + "\n--- " + mac + "\n" + payload
	}
	long := base64.RawStdEncoding.EncodeToString([]byte(noise(r, 48)))
	for _, good := range []string{
		file("-> X25519 "+word, word, word, noise(r, 64)),
		file("-> ssh-rsa abcdef", long+"\n"+long+"\n"+word, word, noise(r, 64)),
		file("-> mlkem768x25519 "+word, long+"\n", word, noise(r, 64)),
		file("-> $|x-grease {a <b", word, word, noise(r, 65)),
	} {
		if !Age(good) {
			t.Errorf("refused: %q", good)
		}
	}
	for _, bad := range []string{
		"", "age-encryption.org/v1\n", "age-encryption.org/v1\n--- " + word + "\n" + noise(r, 64),
		file("-> X25519 "+word, word, word, ""), file("-> X25519 "+word, word, word, strings.Repeat("hunter2 ", 8)),
		file("-> X25519 hunter2!", word, word, noise(r, 64)), file("hunter2", word, word, noise(r, 64)), file("-> X25519 "+word, "hunter2!", word, noise(r, 64)),
		file("-> X25519 "+word, base64.RawStdEncoding.EncodeToString([]byte("a text that people can read")), word, noise(r, 64)), file("-> X25519 "+word, word, "hunter2", noise(r, 64)),
	} {
		if Age(bad) {
			t.Errorf("passes: %q", bad)
		}
	}
}

func BenchmarkReadable(b *testing.B) {
	s := in64(noise(rand.New(rand.NewPCG(1, 1)), 1<<20))
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Readable(s)
	}
}
