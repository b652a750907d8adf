package encrypt

import (
	"crypto/sha512"
	"fmt"
	"hash"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// macOnlyStart is hashed first where the MAC covers encrypted values only, so
// that the two kinds of MAC never agree: SHA-256 of "sops" (sops.go,
// MACOnlyEncryptedInitialization).
var macOnlyStart = [...]byte{
	0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
	0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
}

// treeMAC is SHA-512 over the plaintext values of a file in order.
type treeMAC struct {
	h   hash.Hash
	buf []byte
}

func newMAC(onlyEncrypted bool) *treeMAC {
	m := &treeMAC{h: sha512.New(), buf: make([]byte, 0, 8192)}
	if onlyEncrypted {
		m.h.Write(macOnlyStart[:])
	}
	return m
}

func (m *treeMAC) add(n *document.Node) error {
	text, _, err := scalarText(n)
	if err != nil {
		return err
	}
	m.addText(text)
	return nil
}

func (m *treeMAC) addText(text string) {
	if len(m.buf)+len(text) > cap(m.buf) {
		m.h.Write(m.buf)
		m.buf = m.buf[:0]
		if len(text) > cap(m.buf) {
			m.h.Write(bytesOf(text))
			return
		}
	}
	m.buf = append(m.buf, text...)
}

// sum returns the MAC as the file holds it, in capital hexadecimal.
func (m *treeMAC) sum() string {
	m.h.Write(m.buf)
	m.buf = m.buf[:0]
	return fmt.Sprintf("%X", m.h.Sum(nil))
}
