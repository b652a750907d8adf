package gitrepo

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// onDisk reads files beside those that a commit changes from the working tree, where they lie there with the same
// bytes: their ids prove that, and git needs not be asked.
type onDisk struct {
	top    string // empty: nothing is read
	misses atomic.Int32
}

// maxMisses is how many files may differ before no more are tried: Git converts the ends of lines, or the index is
// another one.
const maxMisses = 8

// blob reads an entry; false if the working tree does not have just that.
func (d *onDisk) blob(e Entry, limit int64) ([]byte, bool) {
	if d.top == "" || !e.Mode.IsRegular() || d.misses.Load() >= maxMisses {
		return nil, false
	}
	data, ok := readRegular(filepath.Join(d.top, filepath.FromSlash(e.Path)), limit)
	if ok = ok && blobID(data, len(e.ID)) == e.ID; !ok {
		d.misses.Add(1)
		return nil, false
	}
	return data, true
}

// readRegular reads a regular file of at most limit bytes.
func readRegular(name string, limit int64) ([]byte, bool) {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() || info.Size() > limit {
		return nil, false
	}
	f, err := openFile(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > limit {
		return nil, false
	}
	data, err := bounded.Read(f, limit)
	return data, err == nil
}

// blobID is the id that Git gives a content, of so many digits.
func blobID(data []byte, digits int) ID {
	var h hash.Hash
	if digits == hex.EncodedLen(sha256.Size) {
		h = sha256.New()
	} else {
		h = sha1.New()
	}
	io.WriteString(h, "blob "+strconv.Itoa(len(data))+"\x00")
	h.Write(data)
	return ID(hex.EncodeToString(h.Sum(nil)))
}
