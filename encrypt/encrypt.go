// Package encrypt makes true what package policy demands: it seals files in
// the SOPS format and opens them.
//
// Call [Seal] to encrypt a plaintext, and [Parse] to read a sealed file:
// [Sealed.Check] judges it offline, [Sealed.Open] decrypts it. The [Document]
// that Open returns can be changed and sealed again, and keeps the ciphertext of
// every value that did not change. Master keys are reached through the
// [KeyService]s that the caller hands in, which the packages below keys make; nothing is contacted that the caller
// did not hand in. [ParsePlain] reads a plaintext, to be held against rules.
//
// No error of this package quotes plaintext, keys or tokens.
package encrypt

import (
	"context"
	"errors"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// File says how the bytes of a file are read and written.
type File struct {
	// Name is the file's path, for messages.
	Name string
	// Input is the format that is read, Output the one that is written.
	Input, Output Format
	// Style is the layout of what is written.
	Style Style
}

// FileAt returns the File for a path, both formats by its name, as sops does.
func FileAt(path string) File {
	f := Format(document.FormatForPath(path))
	return File{Name: path, Input: f, Output: f}
}

// IsBinary reports whether the file is taken as a whole, not value by value.
func (f File) IsBinary() bool { return f.Input == Binary }

// SealOptions: the zero value is the safe one.
type SealOptions struct {
	// AllowLossy encrypts although a value would not come back equal.
	AllowLossy bool
	// AllowNothing encrypts although the rule's selector selects nothing.
	AllowNothing bool
	// Onto is the sealed form of an older plaintext of the same file. Values
	// that are the same in both keep their ciphertext, and the data key and
	// the wrapped keys stay, unless a reader goes; see Rekey. Where nothing
	// changed, Seal returns these bytes.
	Onto []byte
	// Earlier are older sealed forms of the file that Onto seals, as Git has
	// them, and Fresh takes a new data key for any change; see Renew.
	Earlier [][]byte
	Fresh   bool
	// Open says how Onto is opened. IgnoreMAC is not heeded: a plaintext is sealed
	// only onto a file whose MAC holds.
	Open OpenOptions
}

// OpenOptions: the zero value is the safe one.
type OpenOptions struct {
	// IgnoreMAC opens a file although its MAC does not match.
	IgnoreMAC bool
	// Order is the order of key types in which the keys of a group are tried;
	// nil means age, pgp, then the file's order.
	Order []policy.KeyType
	// AllowVault says which Vault addresses may be contacted besides those that
	// the rule names; nil allows none.
	AllowVault func(address string) bool
	// AllowAWS says which role and profile (either may be empty) a file that a
	// rule governs may ask for besides those of the rule; nil allows none.
	AllowAWS func(role, profile string) bool
	// OnlyRuleKeys contacts no key that the rule does not name.
	OnlyRuleKeys bool
	// ReadOnly: the document is only read; Seal refuses to write a change. It saves
	// memory.
	ReadOnly bool
	// KeepDataKey lets Rekey and Renew keep the data key although a reader of the
	// file goes, as sops does. Whoever has an older copy of the file and could
	// open that can then open all values of the new one, and of later ones.
	KeepDataKey bool
}

// Warning is something the person should know about a file that was sealed or
// opened all the same. It quotes no value.
type Warning struct {
	Path string // of the value, as in set; empty for the file
	Pos  Pos    // zero if unknown
	Text string
}

// KeyService wraps and unwraps data keys with master keys of some types. Its
// methods may be called from several goroutines at once.
type KeyService interface {
	// Wrap encrypts a data key (or a Shamir share of one) for key. The Wrapped
	// it returns names the key as the metadata will; an Azure key without a
	// version has got one. Errors: ErrOtherKey if the service does not serve
	// such keys.
	Wrap(ctx context.Context, key policy.Key, dataKey []byte) (Wrapped, error)
	// Unwrap gives back what Wrap was given. Errors: ErrOtherKey as in Wrap.
	Unwrap(ctx context.Context, w Wrapped) ([]byte, error)
}

// Preferrer is a KeyService that can tell without work which keys it can
// surely unwrap. They are tried first among the keys of their type.
type Preferrer interface{ Prefers(key policy.Key) bool }

// ErrOtherKey is what a KeyService returns for a key that it does not serve.
var ErrOtherKey = errors.New("no key service for this type of key")

// Wrapped is a data key under one master key, an entry of a file's metadata.
type Wrapped struct {
	Key     policy.Key
	Enc     string    // the ciphertext, as the metadata holds it
	Created time.Time // zero for age keys
}

// Result is what [Seal] or [Sealed.Rekey] made.
type Result struct {
	Bytes    []byte
	Warnings []Warning
	// Unchanged: SealOptions.Onto already seals this plaintext; Bytes is Onto.
	Unchanged bool
	// Departure: who could open SealOptions.Onto, and cannot open Bytes.
	Departure *Departure
}

// Info is what the metadata of a sealed file says, without any key.
type Info struct {
	Groups           [][]Wrapped
	Threshold        int
	Selector         policy.Selector
	MACOnlyEncrypted bool
	Version          string
	LastModified     time.Time
	HasMAC           bool
}
