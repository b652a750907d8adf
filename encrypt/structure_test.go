package encrypt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Tags of both versions are verified, and each notices what it covers.
func TestStructureTags(t *testing.T) {
	dataKey, random := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{9}, 32)
	roots := func(src string) []*document.Node {
		d, err := document.Parse(document.YAML, []byte(src), document.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return d.Roots
	}
	const merged, quoted = "# one\n# two\na: &x\n  k: v\nb:\n  <<: {k: v}\n", "# one\n# two\na: &x\n  k: v\nb:\n  \"<<\": {k: v}\n"
	for version := 1; version <= structureVersion; version++ {
		nonce := newStructureKey(dataKey, version).nonce(random, structureDigest(roots(merged), version))
		for src, want := range map[string]bool{
			merged: true,
			"# two\n# one\na:\n  k: v\nb:\n  <<: {k: v}\n": true,
			quoted:                                  version == 1,
			"# one\na:\n  k: v\nb:\n  <<: {k: v}\n": false,
			"# one\n# two\n# two\na:\n  k: v\nb:\n  <<: {k: v}\n": false,
			"# one\n# two\na:\n  l: v\nb:\n  <<: {k: v}\n":        false,
		} {
			if got := structureFits(dataKey, nonce, roots(src)); got != want {
				t.Errorf("version %d: got %t for\n%s", version, got, src)
			}
		}
	}
}

// Files of testdata/structure-tag-1, which were sealed while tags were of version
// 1, open, and what their tags cover is noticed: their MAC alone would let an
// empty value take the place of a null, and a comment go.
func TestFilesWithTagsOfVersionOne(t *testing.T) {
	text, err := os.ReadFile("../testdata/keys/age.txt")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	keys := ageFiles(ids)
	for name, spoil := range map[string]func(src string) string{
		"multi.yaml": func(src string) string { return strings.Replace(src, "nothing: null", `nothing: ""`, 1) },
		"app.json":   func(src string) string { return strings.Replace(src, `null`, `""`, 1) },
		"app.env":    withoutFirstLine,
		"app.ini":    withoutFirstLine,
	} {
		src, err := os.ReadFile("../testdata/structure-tag-1/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openBytes(t.Context(), nil, FileAt(name), src, OpenOptions{}, keys); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		changed := spoil(string(src))
		_, err = openBytes(t.Context(), nil, FileAt(name), []byte(changed), OpenOptions{}, keys)
		var mac *MACError
		if !errors.As(err, &mac) || changed == string(src) {
			t.Errorf("%s, changed: %v; want a MACError", name, err)
		}
	}
}

func withoutFirstLine(src string) string { return src[strings.Index(src, "\n")+1:] }

// ageFiles opens age files with identities, and no more.
type ageFiles []age.Identity

func (ids ageFiles) Wrap(context.Context, policy.Key, []byte) (Wrapped, error) {
	return Wrapped{}, ErrOtherKey
}

func (ids ageFiles) Unwrap(_ context.Context, w Wrapped) ([]byte, error) {
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(w.Enc)), ids...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
