package encrypt

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/cmd/sops/formats"
	"github.com/getsops/sops/v3/config"

	"github.com/gitsecrets/gitsecrets/policy"
)

// The oracle is sops's own stores, tree and cipher: given one data key, one
// stream of nonces and one time, both must write the same bytes, and print the
// same plaintext.

var oracleKey = bytes.Repeat([]byte("k"), dataKeySize)

const oracleRecipient = "age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun"

// countingReader is a stream of bytes that is the same each time.
type countingReader struct{ n uint64 }

func (r *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], r.n*0x9E3779B97F4A7C15)
		p[i] = b[5]
		r.n++
	}
	return len(p), nil
}

// withNonces makes the program's randomness that stream while f runs.
func withNonces(t testing.TB, f func()) {
	t.Helper()
	old := rand.Reader
	rand.Reader = io.Reader(&countingReader{})
	defer func() { rand.Reader = old }()
	f()
}

func sopsStore(f Format) common.Store {
	of := map[Format]formats.Format{
		Binary: formats.Binary, Dotenv: formats.Dotenv, INI: formats.Ini,
		JSON: formats.Json, YAML: formats.Yaml,
	}
	return common.StoreForFormat(of[f], config.NewStoresConfig())
}

// sopsSeal encrypts as sops's encrypt verb does, at the given time.
func sopsSeal(t testing.TB, f Format, plain []byte, kind policy.SelectorKind, text string, macOnly bool, at time.Time) ([]byte, error) {
	store := sopsStore(f)
	branches, err := store.LoadPlainFile(plain)
	if err != nil {
		return nil, err
	}
	tree := sops.Tree{Branches: branches, Metadata: sops.Metadata{
		KeyGroups:        []sops.KeyGroup{{&age.MasterKey{Recipient: oracleRecipient, EncryptedKey: wrappedKey}}},
		MACOnlyEncrypted: macOnly,
		Version:          SOPSVersion,
	}}
	switch kind {
	case policy.UnencryptedSuffix:
		tree.Metadata.UnencryptedSuffix = text
	case policy.EncryptedSuffix:
		tree.Metadata.EncryptedSuffix = text
	case policy.UnencryptedRegex:
		tree.Metadata.UnencryptedRegex = text
	case policy.EncryptedRegex:
		tree.Metadata.EncryptedRegex = text
	case policy.UnencryptedCommentRegex:
		tree.Metadata.UnencryptedCommentRegex = text
	case policy.EncryptedCommentRegex:
		tree.Metadata.EncryptedCommentRegex = text
	case policy.NoSelector:
		if f != Binary {
			tree.Metadata.UnencryptedSuffix = sops.DefaultUnencryptedSuffix
		}
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(oracleKey, cipher)
	if err != nil {
		return nil, err
	}
	tree.Metadata.LastModified = at
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, oracleKey, at.Format(time.RFC3339))
	if err != nil {
		return nil, err
	}
	return store.EmitEncryptedFile(tree)
}

// sopsOpen decrypts as sops's decrypt verb does.
func sopsOpen(f Format, sealed []byte) ([]byte, error) {
	store := sopsStore(f)
	tree, err := store.LoadEncryptedFile(sealed)
	if err != nil {
		return nil, err
	}
	tree.Metadata.DataKey = oracleKey
	if _, err := common.DecryptTree(common.DecryptTreeOpts{Tree: &tree, Cipher: aes.NewCipher()}); err != nil {
		return nil, err
	}
	return store.EmitPlainFile(tree.Branches)
}

// fixedKey is a key service that knows one data key and wraps it with a word.
type fixedKey struct{ key []byte }

// wrappedKey has the form of what age makes.
const (
	wrappedBase64 = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA0ZlljQ2tnV2Q3VzNwWjFyR2tUejlzVmgwYlhxTG1OYThlVW9SakR5NVFzCjRmWWNDa2dXZDdXM3BaMXJHa1R6OXNWaDBiWHFMbU5hOGVVb1JqRHk1UXMKLS0tIDRmWWNDa2dXZDdXM3BaMXJHa1R6OXNWaDBiWHFMbU5hOGVVb1JqRHk1UXMKU29c7jDMH/oJrCACAuMFWBPu3gRwlndZB2nPcJQ9JCraazyjx7m9i1ZTH6oe+DyQSGeXCqmzYKDNoxJgYuWrjA=="
	wrappedKey    = "-----BEGIN AGE ENCRYPTED FILE-----\n" + wrappedBase64 + "\n-----END AGE ENCRYPTED FILE-----\n"
)

func (f *fixedKey) Wrap(_ context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	return Wrapped{Key: key, Enc: wrappedKey}, nil
}

func (f *fixedKey) Unwrap(_ context.Context, w Wrapped) ([]byte, error) {
	return append([]byte{}, f.key...), nil
}

func oracleRule(t testing.TB, kind policy.SelectorKind, text string, macOnly bool) *policy.Rule {
	t.Helper()
	rule := &policy.Rule{
		Source:           "test",
		Groups:           []policy.Group{{{Type: policy.Age, ID: oracleRecipient}}},
		MACOnlyEncrypted: macOnly,
	}
	if kind != policy.NoSelector {
		s, err := policy.NewSelector(kind, text)
		if err != nil {
			t.Fatal(err)
		}
		rule.Selector = s
	}
	return rule
}

// ourSeal encrypts with the oracle's data key, leaving the structure tag out.
func ourSeal(t testing.TB, f Format, plain []byte, rule *policy.Rule) ([]byte, time.Time, error) {
	t.Helper()
	d, err := NewDocument(t.Context(), rule, File{Name: "f", Input: f, Output: f}, bytes.Clone(plain), SealOptions{AllowLossy: true, AllowNothing: true}, &fixedKey{oracleKey})
	if err != nil {
		return nil, time.Time{}, err
	}
	d.dataKey = oracleKey
	if d.cipher, err = newValueCipher(oracleKey); err != nil {
		t.Fatal(err)
	}
	d.nonces = nonceSource{}
	d.untagged = true
	out, err := d.Seal()
	return out, d.meta.lastModified, err
}
