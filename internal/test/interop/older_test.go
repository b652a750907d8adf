package interop

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/encrypt"
	agekeys "github.com/gitsecrets/gitsecrets/keys/age"
)

var testdata = filepath.Join("..", "..", "..", "testdata")

// ageIdentities are all that stand in files of testdata/keys.
func ageIdentities(t *testing.T, names ...string) agekeys.Fixed {
	t.Helper()
	var ids agekeys.Fixed
	for _, name := range names {
		src, err := os.ReadFile(filepath.Join(testdata, "keys", name))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := age.ParseIdentities(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, parsed...)
	}
	return ids
}

// Files that sops wrote years ago open to the bytes that sops gives today.
func TestOpensFilesOfOlderSops(t *testing.T) {
	sealed, err := filepath.Glob(filepath.Join(testdata, "sops", "*", "plain", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) < 6*11 {
		t.Fatalf("only %d files found", len(sealed))
	}
	all := agekeys.New(agekeys.Options{Identities: ageIdentities(t, "age.txt")})
	shares := agekeys.New(agekeys.Options{Identities: ageIdentities(t, "age-2.txt", "age-3.txt")})
	for _, plain := range sealed {
		version, name := filepath.Base(filepath.Dir(filepath.Dir(plain))), filepath.Base(plain)
		t.Run(version+"/"+name, func(t *testing.T) {
			want, err := os.ReadFile(plain)
			if err != nil {
				t.Fatal(err)
			}
			src, err := os.ReadFile(filepath.Join(testdata, "sops", version, name))
			if err != nil {
				t.Fatal(err)
			}
			keys := all
			if strings.HasPrefix(name, "shamir") {
				keys = shares
			}
			sealed, err := encrypt.Parse(encrypt.FileAt(name), src)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := sealed.Open(t.Context(), nil, encrypt.OpenOptions{}, keys)
			if err != nil {
				t.Fatal(err)
			}
			if len(doc.Warnings) > 0 {
				t.Errorf("warnings: %v", doc.Warnings)
			}
			got, err := doc.Plaintext()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if err := sealed.Check(nil); err != nil {
				t.Errorf("the guard refuses it: %v", err)
			}
			if info := sealed.Info(); info.Version != version || !info.HasMAC {
				t.Errorf("version %s, MAC %v", info.Version, info.HasMAC)
			}
		})
	}
}
