package identity

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// The types of SSH keys that age can use.
var sshTypes = [...]string{ssh.KeyAlgoED25519, ssh.KeyAlgoRSA}

// parseSSH reads an SSH private key. path is empty if it comes from no file.
func (s *Finder) parseSSH(source, path string, text []byte) ([]Held, error) {
	return ParseSSH(source, path, text, func(prompt string) ([]byte, error) { return s.world.Terminal.Secret(s.ctx, prompt) })
}

// ParseSSH reads an SSH private key, whose passphrase ask is to ask for.
func ParseSSH(source, path string, text []byte, ask func(prompt string) ([]byte, error)) ([]Held, error) {
	refuse := func(msg string) ([]Held, error) {
		return nil, &placeError{source: source, msg: msg}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return refuse("is empty")
	}
	block, _ := pem.Decode(text)
	if block == nil {
		if _, _, _, _, err := ssh.ParseAuthorizedKey(text); err == nil {
			return refuse("is an SSH public key; the private one is needed")
		}
		return refuse("is not an SSH private key")
	}
	pub, locked := openSSHHeader(block)
	if pub != nil && !slices.Contains(sshTypes[:], pub.Type()) {
		return refuse("is an SSH key of a type that age cannot use: it takes ssh-ed25519 and ssh-rsa")
	}
	if pub != nil && pub.Type() == ssh.KeyAlgoED25519 && !locked {
		id, err := agessh.ParseIdentity(text)
		if err != nil {
			return refuse("is a malformed SSH private key")
		}
		return []Held{{Identity: id, Source: source, Rank: rankSSH, Recipient: func() string { return sshRecipient(pub) }}}, nil
	}
	lazy := &sshIdentity{source: source, path: path, text: text, pub: pub, ask: ask}
	h := Held{Identity: lazy, Source: source, Rank: RankSlow}
	if locked {
		h.Rank = RankLocked
	}
	if pub != nil {
		h.Recipient = func() string { return sshRecipient(pub) }
	}
	return []Held{h}, nil
}

func sshRecipient(pub ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub)))
}

// openSSHHeader reads what stands in the clear in a key file of OpenSSH
// (PROTOCOL.key): the public key, and whether a passphrase protects the rest. pub is nil for files
// of other kinds.
func openSSHHeader(block *pem.Block) (pub ssh.PublicKey, locked bool) {
	rest, ok := bytes.CutPrefix(block.Bytes, []byte("openssh-key-v1\x00"))
	if block.Type != "OPENSSH PRIVATE KEY" || !ok {
		return nil, false
	}
	var header struct {
		Cipher, KDF, KDFOptions string
		Keys                    uint32
		Public                  []byte
		Rest                    []byte `ssh:"rest"`
	}
	if ssh.Unmarshal(rest, &header) != nil {
		return nil, false
	}
	pub, err := ssh.ParsePublicKey(header.Public)
	if err != nil {
		return nil, false
	}
	return pub, header.Cipher != "none"
}

// sshIdentity is an SSH key that is parsed, and whose passphrase is asked for,
// when a file for an SSH key is to be opened. Reading an RSA key takes milliseconds.
type sshIdentity struct {
	source, path string
	text         []byte
	pub          ssh.PublicKey // nil if not known yet
	ask          func(prompt string) ([]byte, error)

	once   sync.Once
	err    error
	inner  age.Identity
	mu     sync.Mutex  // of inner until it is open
	opened atomic.Bool // inner needs no passphrase (any more)
	denied error       // what asking for the passphrase gave
}

func (i *sshIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if !slices.ContainsFunc(stanzas, i.fits) {
		return nil, age.ErrIncorrectIdentity
	}
	i.once.Do(i.parse)
	if i.err != nil {
		return nil, i.err
	}
	if i.opened.Load() {
		return i.inner.Unwrap(stanzas)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.denied != nil {
		return nil, i.denied
	}
	for range passphraseTries {
		fileKey, err := i.inner.Unwrap(stanzas)
		if err == nil {
			i.opened.Store(true)
			return fileKey, nil
		}
		if errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, err
		}
		if i.denied != nil { // there is nobody to ask
			return nil, i.denied
		}
	}
	i.denied = &placeError{source: i.source, msg: "cannot be opened: wrong passphrase"}
	return nil, i.denied
}

// parse makes inner: an identity, or one that asks for the passphrase.
func (i *sshIdentity) parse() {
	id, err := agessh.ParseIdentity(i.text)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		i.inner = id
		i.opened.Store(true)
		return
	case !errors.As(err, &locked):
		i.err = &placeError{source: i.source, msg: "is a malformed SSH private key, or of a type that age cannot use"}
		return
	}
	pub := locked.PublicKey
	if pub == nil {
		if pub, err = i.publicFile(); err != nil {
			i.err = err
			return
		}
	}
	i.inner, err = agessh.NewEncryptedSSHIdentity(pub, i.text, func() ([]byte, error) {
		pass, err := i.ask("passphrase of " + i.source + ": ")
		if err != nil {
			i.denied = &placeError{source: i.source, msg: "needs its passphrase: " + err.Error(), err: err}
		}
		return pass, err
	})
	if err != nil {
		i.err = &placeError{source: i.source, msg: "is an SSH key of a type that age cannot use: it takes ssh-ed25519 and ssh-rsa"}
	}
}

// publicFile reads the public key beside the private one: the older formats do
// not tell it without the passphrase.
func (i *sshIdentity) publicFile() (ssh.PublicKey, error) {
	if i.path == "" {
		return nil, &placeError{source: i.source, msg: "printed a key with a passphrase, in a format that hides the public key; convert it with ssh-keygen -p"}
	}
	missing := &placeError{source: i.source, msg: "has a passphrase, and " + i.path + ".pub, which must be there then, cannot be read"}
	f, err := os.Open(i.path + ".pub")
	if err != nil {
		return nil, missing
	}
	defer f.Close()
	text, err := bounded.Read(f, maxFile)
	if err != nil {
		return nil, missing
	}
	pub, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, missing
	}
	return pub, nil
}

func (i *sshIdentity) fits(s *age.Stanza) bool {
	if i.pub != nil {
		return s.Type == i.pub.Type()
	}
	return slices.Contains(sshTypes[:], s.Type)
}
