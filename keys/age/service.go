// Package age reaches age keys in all their forms: X25519, post-quantum, SSH and plugins.
package age

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// maxFile bounds a wrapped data key: one for a post-quantum recipient has
// 2.4 kB, and a plugin may need more.
const maxFile = 64 << 10

// maxDataKey bounds what is read from an age file that holds a data key.
const maxDataKey = 1 << 10

// Identities gives the identities of the person or machine.
type Identities interface {
	// Identities returns every identity that might open a file for recipient.
	// Both results may be non-nil: the error explains sources that could not
	// be read, and the identities are used all the same. It is called from
	// several goroutines, for each file, and should remember.
	Identities(ctx context.Context, recipient string) ([]age.Identity, error)
}

// Options: with the zero value the service wraps, and unwraps nothing.
type Options struct {
	// Identities are asked for when a key is to be unwrapped; nil means none.
	Identities Identities
	// UI serves plugins that have a question while they wrap; nil lets such
	// plugins fail.
	UI *plugin.ClientUI
}

// IdentityError: no age identity opens the data key.
type IdentityError struct {
	// None: there was no identity at all.
	None bool
	// Sources explains why places where identities are kept could not be read;
	// nil if none failed.
	Sources error
	// Tried are failures of identities other than that the file is not for them,
	// such as of a plugin.
	Tried []error
}

func (e *IdentityError) Error() string {
	msg := "none of the age identities opens it"
	if e.None {
		msg = "there is no age identity"
	}
	for _, err := range e.Tried {
		msg += "; " + text.Outside(err.Error())
	}
	if e.Sources != nil {
		msg += " (" + e.Sources.Error() + ")"
	}
	return msg
}

// Unwrap returns what failed on the way.
func (e *IdentityError) Unwrap() []error {
	if e.Sources == nil {
		return e.Tried
	}
	return append([]error{e.Sources}, e.Tried...)
}

// New returns the service for age keys in all their forms: X25519,
// post-quantum, SSH and plugins. Where an identity cannot be had or does not
// fit, Unwrap returns an *IdentityError.
func New(opts Options) encrypt.KeyService {
	if opts.UI == nil {
		opts.UI = &plugin.ClientUI{}
	}
	return &service{opts: opts}
}

type service struct {
	opts       Options
	recipients recipients
	own        owners
	mu         sync.RWMutex
	loaded     []age.Identity // what Identities returned last
}

// Wrap writes one armored age file for each recipient, as sops does.
func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.Age {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	if err := ctx.Err(); err != nil {
		return encrypt.Wrapped{}, err
	}
	recipient, err := s.recipients.parse(key.ID, s.opts.UI)
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	var out bytes.Buffer
	aw := armor.NewWriter(&out)
	w, err := age.Encrypt(aw, recipient)
	if err != nil {
		return encrypt.Wrapped{}, ageError(err)
	}
	for _, step := range []func() error{
		func() error { _, err := w.Write(dataKey); return err },
		w.Close,
		aw.Close,
	} {
		if err := step(); err != nil {
			return encrypt.Wrapped{}, ageError(err)
		}
	}
	return encrypt.Wrapped{Key: key, Enc: out.String()}, nil
}

// Unwrap tries the identity that belongs to the recipient first, then all
// others: the name in a file may be out of date.
func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.Age {
		return nil, encrypt.ErrOtherKey
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.opts.Identities == nil {
		return nil, &IdentityError{None: true}
	}
	if len(w.Enc) > maxFile {
		return nil, errors.New("the wrapped data key is far too long for an age file")
	}
	ids, sources := s.opts.Identities.Identities(ctx, w.Key.ID)
	if len(ids) == 0 {
		return nil, &IdentityError{None: true, Sources: sources}
	}
	s.mu.Lock()
	s.loaded = ids
	s.mu.Unlock()

	try := &firstThatOpens{ctx: ctx, ids: s.own.sort(ids, w.Key.ID)}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(w.Enc)), try)
	if err != nil {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if try.asked && !try.opened {
			return nil, &IdentityError{Sources: sources, Tried: try.failed}
		}
		return nil, errFile
	}
	dataKey, err := bounded.Read(r, maxDataKey)
	if err != nil {
		return nil, errFile
	}
	return dataKey, nil
}

var errFile = errors.New("the wrapped data key is not an intact age file")

// Prefers implements Preferrer. It knows the identities that were loaded last.
func (s *service) Prefers(key policy.Key) bool {
	if key.Type != policy.Age {
		return false
	}
	s.mu.RLock()
	loaded := s.loaded
	s.mu.RUnlock()
	return s.own.anyOwns(loaded, key.ID)
}

// firstThatOpens is an identity made of several. Other than age.Decrypt it
// goes on after one that fails, be it a plugin without its token.
type firstThatOpens struct {
	ctx    context.Context
	ids    []age.Identity
	failed []error
	asked  bool
	opened bool
}

func (f *firstThatOpens) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	f.asked = true
	for _, id := range f.ids {
		if err := f.ctx.Err(); err != nil {
			return nil, err
		}
		fileKey, err := id.Unwrap(stanzas)
		if err == nil {
			f.opened = true
			return fileKey, nil
		}
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			f.failed = append(f.failed, ageError(err))
		}
	}
	return nil, age.ErrIncorrectIdentity
}

// ageError keeps what age or a plugin says fit for a message.
func ageError(err error) error {
	var missing *plugin.NotFoundError
	if errors.As(err, &missing) {
		return &pluginMissingError{err: missing}
	}
	return &outsideError{err}
}

type pluginMissingError struct{ err *plugin.NotFoundError }

func (e *pluginMissingError) Error() string {
	return "the program age-plugin-" + text.Outside(e.err.Name) + " is not in PATH"
}

func (e *pluginMissingError) Unwrap() error { return e.err }

// outsideError is an error of a library or program, its text made fit.
type outsideError struct{ err error }

func (e *outsideError) Error() string { return text.Outside(e.err.Error()) }

func (e *outsideError) Unwrap() error { return e.err }
