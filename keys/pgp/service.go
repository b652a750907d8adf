// Package pgp reaches PGP keys by the program gpg, as sops does. Where there is no such
// program, keys are read from a key ring of GnuPG 2.0 or older.
package pgp

import (
	"context"
	"errors"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "gpg"
	// maxEnc bounds a wrapped data key.
	maxEnc = 64 << 10
	// maxCalls is how many gpg programs run at once: the agent behind them runs out
	// of locked memory with many.
	maxCalls = 4
)

// Options: with the zero value the program gpg is run with the keys that it finds by
// itself.
type Options struct {
	// Getenv looks up SOPS_GPG_EXEC, the program to run, GNUPGHOME, the folder with
	// the keys, and HOME. Nil means that none is set.
	Getenv func(string) string
}

// New returns the service for PGP keys.
func New(opts Options) encrypt.KeyService {
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	return &service{gnupg{opts.Getenv}, make(call.Slots, maxCalls)}
}

type service struct {
	gnupg gnupg
	slots call.Slots
}

// Wrap names the key in the result without spaces.
func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.PGP {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	if err := key.Check(); err != nil {
		return encrypt.Wrapped{}, err
	}
	fp, err := policy.ParseFingerprint(key.ID)
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	key.ID = fp
	enc, err := s.do(ctx, func() ([]byte, error) { return s.gnupg.encrypt(ctx, fp, dataKey) })
	return encrypt.Wrapped{Key: key, Enc: string(enc)}, err
}

// Unwrap does not use the name: gpg sees for itself what the message is for.
func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.PGP {
		return nil, encrypt.ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	return s.do(ctx, func() ([]byte, error) { return s.gnupg.decrypt(ctx, w.Enc) })
}

func (s *service) do(ctx context.Context, run func() ([]byte, error)) ([]byte, error) {
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	out, err := call.Safely(ctx, run)
	if err != nil {
		var known *call.Error
		if ctx.Err() == nil && errors.As(err, &known) {
			return nil, known
		}
		return nil, call.SDKError(ctx, serviceName, err)
	}
	return out, nil
}
