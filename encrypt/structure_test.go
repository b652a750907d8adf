package encrypt

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
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

// A tag that version 1 wrote.
func TestStructureTagOfVersionOne(t *testing.T) {
	nonce, err := hex.DecodeString("09090909090909090909090909090909b8f8512ae7de453a7c315e520bff8c2d")
	if err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string]bool{"# one\n# two\na: 1\nl: [x, null, true]\n": true, "# one\na: 1\nl: [x, null, true]\n": false} {
		d, err := document.Parse(document.YAML, []byte(src), document.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := structureFits(bytes.Repeat([]byte{7}, 32), nonce, d.Roots); got != want {
			t.Errorf("got %t for\n%s", got, src)
		}
	}
}
