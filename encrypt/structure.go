package encrypt

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// The MAC of a sops file covers the bytes of the values, in order, and nothing
// else: keys that are not encrypted can be renamed, nulls and comments added,
// and an int made a string, without notice (docs/format.md).
//
// The nonce under which the MAC itself is encrypted closes that gap for files
// that we wrote. sops draws its 32 bytes at random. Ours are 16 random bytes,
// a mark of 8 and a tag of 8: both HMACs under a key derived from the data key, the
// mark of the random bytes alone, the tag of the random bytes and the structure of the tree. To any other
// program it is a random nonce. We, when we open a file, see by the mark that
// we wrote the MAC, and by the tag whether the structure is the one we wrote;
// GCM keeps anybody without the data key from changing either. A file whose
// MAC was written by another program carries no mark and is judged as sops
// judges it.
const (
	structureRandom = 16
	structureMark   = 8
)

type structureKey []byte

// newStructureKey makes the key of one version of the tag. Version 1 added the
// hashes of comments up, and a set of comments could be found whose hashes sum
// to nothing; it is verified and not written any more.
func newStructureKey(dataKey []byte, version int) structureKey {
	m := hmac.New(sha256.New, dataKey)
	m.Write([]byte("gitsecrets structure tag v"))
	m.Write([]byte{'0' + byte(version)})
	return m.Sum(nil)
}

// structureFits reports whether the nonce of a MAC carries no tag of ours, or one
// that fits the tree.
func structureFits(dataKey, nonce []byte, roots []*document.Node) bool {
	for version := structureVersion; version > 0; version-- {
		if key := newStructureKey(dataKey, version); key.wrote(nonce) {
			return key.matches(nonce, structureDigest(roots, version))
		}
	}
	return true
}

// structureVersion is the version of the tags that are written.
const structureVersion = 2

// nonce completes 16 random bytes to a nonce for the MAC.
func (k structureKey) nonce(random, digest []byte) []byte {
	n := make([]byte, 0, nonceSize)
	n = append(n, random[:structureRandom]...)
	n = append(n, k.sum("mark", n[:structureRandom], nil)...)
	return append(n, k.sum("tree", n[:structureRandom], digest)...)
}

// wrote reports whether a MAC's nonce is one of ours.
func (k structureKey) wrote(nonce []byte) bool {
	if len(nonce) != nonceSize {
		return false
	}
	mark := k.sum("mark", nonce[:structureRandom], nil)
	return subtle.ConstantTimeCompare(mark, nonce[structureRandom:structureRandom+structureMark]) == 1
}

// matches reports whether a nonce of ours was made for the structure.
func (k structureKey) matches(nonce, digest []byte) bool {
	tag := k.sum("tree", nonce[:structureRandom], digest)
	return subtle.ConstantTimeCompare(tag, nonce[structureRandom+structureMark:]) == 1
}

func (k structureKey) sum(label string, random, digest []byte) []byte {
	m := hmac.New(sha256.New, k)
	m.Write([]byte(label))
	m.Write(random)
	m.Write(digest)
	return m.Sum(nil)[:structureMark]
}

// structureDigest hashes what the MAC leaves out: names, kinds, lengths and
// nesting, and the comments of each document regardless of where in it they
// stand (writing a tree and reading it again may attach a comment to the
// neighbour).
func structureDigest(roots []*document.Node, version int) []byte {
	d := &digester{version: version, h: sha256.New(), buf: make([]byte, 0, 8192)}
	for _, root := range roots {
		d.comments, d.sorted = [4]uint64{}, d.sorted[:0]
		d.node(root)
		if version > 1 {
			d.sortedComments()
			continue
		}
		for _, lane := range d.comments {
			d.buf = binary.BigEndian.AppendUint64(d.buf, lane)
		}
	}
	d.flush()
	return d.h.Sum(nil)
}

type digester struct {
	h        hash.Hash
	buf      []byte
	version  int
	comments [4]uint64 // version 1: the sum of the hashes of all comments
	sorted   [][sha256.Size]byte
}

// comment counts a comment in.
func (d *digester) comment(text string) {
	if d.version > 1 {
		d.sorted = append(d.sorted, sha256.Sum256(bytesOf(text)))
		return
	}
	addComment(&d.comments, text)
}

// sortedComments writes the number of the comments and their hashes, sorted.
func (d *digester) sortedComments() {
	slices.SortFunc(d.sorted, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	d.buf = binary.AppendUvarint(append(d.buf, '#'), uint64(len(d.sorted)))
	for _, hash := range d.sorted {
		if len(d.buf) > 4096 {
			d.flush()
		}
		d.buf = append(d.buf, hash[:]...)
	}
}

func (d *digester) flush() {
	d.h.Write(d.buf)
	d.buf = d.buf[:0]
}

func (d *digester) node(n *document.Node) {
	if len(d.buf) > 4096 {
		d.flush()
	}
	switch n.Kind {
	case document.Map:
		d.buf = append(d.buf, '{')
		for _, item := range n.Items {
			if item.Kind == document.Comment {
				d.comment(item.Text)
				continue
			}
			mark := byte('k')
			if item.Merge && d.version > 1 {
				mark = 'm'
			}
			d.buf = binary.AppendUvarint(append(d.buf, mark), uint64(len(item.Key)))
			d.buf = append(d.buf, item.Key...)
			d.node(item)
		}
		d.buf = append(d.buf, '}')
	case document.List:
		d.buf = append(d.buf, '[')
		for _, item := range n.Items {
			if item.Kind == document.Comment {
				d.comment(item.Text)
				continue
			}
			d.node(item)
		}
		d.buf = append(d.buf, ']')
	case document.Null:
		d.buf = append(d.buf, 'n')
	case document.String: // the text is in the MAC
		d.buf = binary.AppendUvarint(append(d.buf, 's'), uint64(len(n.Text)))
	default:
		text, typ, err := scalarText(n)
		if err != nil {
			typ = "?" // the value is refused where it is encrypted
		}
		d.buf = binary.AppendUvarint(append(d.buf, typ[0]), uint64(len(text)))
	}
}

// addComment adds the hash of a comment to a sum, which knows no order.
func addComment(sum *[4]uint64, text string) {
	hash := sha256.Sum256(bytesOf(text))
	for i := range sum {
		sum[i] += binary.BigEndian.Uint64(hash[8*i:])
	}
}
