package hooks

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// lfsPointer reads what Git LFS commits in the place of a file, as its specification has it: the version, and in any
// order of lines the oid and the size.
func lfsPointer(src []byte) (p gitrepo.LFSPointer, ok bool) {
	if !encrypt.IsLFSPointer(src) {
		return p, false
	}
	for line := range strings.Lines(string(src)) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch name {
		case "oid":
			p.OID = strings.TrimPrefix(value, "sha256:")
		case "size":
			size, err := strconv.ParseInt(value, 10, 64)
			if err != nil || size < 0 {
				return p, false
			}
			p.Size = size
		}
	}
	return p, p.OID != ""
}

// throughLFS takes the file that a pointer stands for in its place, where it is here. Where it is not, that is said.
func (f *judged) throughLFS() error {
	p, ok := lfsPointer(f.src)
	if !ok || !f.entry.Mode.IsRegular() {
		return nil
	}
	if p.Size > f.limit() {
		return f.tooLarge(&gitrepo.TooLargeError{Size: p.Size, Limit: f.limit()})
	}
	store, ok := f.snap.tree.(interface {
		LFS(ctx context.Context, p gitrepo.LFSPointer) ([]byte, bool, error)
	})
	if !ok {
		f.report.unseen(f.path, UnseenLFS)
		return nil
	}
	src, ok, err := store.LFS(f.ctx, p)
	if err != nil {
		return err
	}
	if !ok {
		f.report.unseen(f.path, UnseenLFS)
		return nil
	}
	f.src = src
	return nil
}

// lfsFix takes one file out of Git LFS and encrypts it, if it is not encrypted. The line is for that file alone and
// wins over any pattern: git lfs untrack would need the one that was tracked.
func lfsFix(f *judged) string {
	dir, base := path.Split(f.path)
	attributes := text.ShellPath(dir + ".gitattributes")
	name := text.ShellPath(f.path)
	seal := "gitsecrets encrypt -i " + name + " && "
	if f.sealedInLFS() {
		// The file itself stays as it is, so that Git would not read it again.
		seal = "git rm -q --cached -f -- " + name + " && "
	}
	return fmt.Sprintf(`printf '\n%%s\n' %s >>%s && %sgit add -- %s %s`,
		text.ShellPath(attributesPattern(base)+" !filter !diff !merge !text"), attributes, seal, attributes, name)
}

// sealedInLFS reports whether the file that a pointer stands for is here, and encrypted.
func (f *judged) sealedInLFS() bool {
	g := &judged{judge: f.judge, path: f.path, entry: f.entry, src: f.src}
	if err := g.throughLFS(); err != nil {
		return false
	}
	_, err := encrypt.Parse(encrypt.FileAt(f.path), g.src)
	return err == nil
}

// attributesPattern is the pattern of one file in the .gitattributes of its folder.
func attributesPattern(base string) string {
	var b strings.Builder
	b.WriteByte('/')
	quote := false
	for i := range len(base) {
		c := base[i]
		if strings.IndexByte(`*?[\`, c) >= 0 {
			b.WriteByte('\\')
		}
		quote = quote || c <= ' ' || c == '"' || c == '\\' || c == 0x7f
		b.WriteByte(c)
	}
	if !quote {
		return b.String()
	}
	// Quoted in the style of C, as gitattributes(5) has it.
	var q strings.Builder
	q.WriteByte('"')
	for _, c := range []byte(b.String()) {
		switch {
		case c == '"' || c == '\\':
			q.WriteString(`\` + string(rune(c)))
		case c < ' ' || c == 0x7f:
			q.WriteString(`\` + string([]byte{'0' + c>>6, '0' + c>>3&7, '0' + c&7}))
		default:
			q.WriteByte(c)
		}
	}
	return q.String() + `"`
}

// isArchive reports whether a file is a container that the search does not open, by how it begins: zip (jar, apk, whl,
// office), gzip, bzip2, xz, zstd, 7z, rar, tar.
func isArchive(src []byte) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "BZh", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07"} {
		if bytes.HasPrefix(src, []byte(magic)) {
			return true
		}
	}
	return len(src) > 262 && string(src[257:262]) == "ustar"
}
