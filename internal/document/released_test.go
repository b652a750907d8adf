package document

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesOfReleases reads what released versions of sops wrote: the values
// as sops reads them, and the metadata.
func TestFilesOfReleases(t *testing.T) {
	files, err := filepath.Glob("../../testdata/sops/*.*.*/*.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	for _, file := range files {
		f := FormatForPath(file)
		if f == YAML {
			continue
		}
		t.Run(file, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse(f, src, ParseOptions{Sealed: true})
			if err != nil {
				t.Fatal(err)
			}
			writtenAsSops(t, cmp.Or(f, JSON), d) // an encrypted binary file is JSON
			meta, err := d.TakeMetadata()
			if err != nil {
				t.Fatal(err)
			}
			enc := meta.find("age").Items[0].find("enc").Text
			if !strings.HasPrefix(enc, "-----BEGIN AGE ENCRYPTED FILE-----\n") || strings.Contains(enc, `\`) {
				t.Errorf("got the stanza %q", enc)
			}
			theirs, err := storeOf(f, Style{}).LoadEncryptedFile(bytes.Clone(src))
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffSopsDocument(d, theirs.Branches); diff != "" {
				t.Errorf("tree: %s", diff)
			}
			if theirs.Metadata.MessageAuthenticationCode != meta.find("mac").Text {
				t.Error("the MAC differs")
			}
			plain, err := os.ReadFile(filepath.Join(filepath.Dir(file), "plain", filepath.Base(file)))
			if err != nil {
				t.Fatal(err)
			}
			sameAsSops(t, f, string(plain))
		})
	}
}

// find returns the entry of a map; an empty node if it has none.
func (n *Node) find(key string) *Node {
	for _, item := range n.Items {
		if item.Key == key {
			return item
		}
	}
	return &Node{}
}
