// Package pgp reaches PGP keys by the program gpg.
package pgp

import (
	"context"
	"errors"
	"strings"

	"github.com/getsops/sops/v3/pgp"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "gpg"
	// maxEnc bounds a wrapped data key.
	maxEnc = 64 << 10
	// maxCalls is how many gpg programs run at once: the agent behind them
	// runs out of locked memory with many.
	maxCalls = 4
)

// New returns the service for PGP keys. It does as sops does: an old key ring
// (pubring.gpg, secring.gpg) is read, else the program gpg is run, or the one
// that SOPS_GPG_EXEC names; GNUPGHOME says where the keys are.
func New() encrypt.KeyService { return &service{make(call.Slots, maxCalls)} }

type service struct{ slots call.Slots }

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
	if err := s.slots.Take(ctx); err != nil {
		return encrypt.Wrapped{}, err
	}
	defer s.slots.Free()
	m := pgp.NewMasterKeyFromFingerprint(fp)
	enc, err := call.Safely(ctx, func() (string, error) {
		err := m.EncryptContext(ctx, dataKey)
		return m.EncryptedKey, err
	})
	if err != nil {
		return encrypt.Wrapped{}, explain(ctx, err, "encrypt")
	}
	return encrypt.Wrapped{Key: key, Enc: enc}, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.PGP {
		return nil, encrypt.ErrOtherKey
	}
	// The name is not used: gpg sees for itself what the message is for.
	if w.Enc == "" || len(w.Enc) > maxEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	m := pgp.NewMasterKeyFromFingerprint(w.Key.ID)
	m.EncryptedKey = w.Enc
	dataKey, err := call.Safely(ctx, func() ([]byte, error) { return m.DecryptContext(ctx) })
	if err != nil {
		return nil, explain(ctx, err, "decrypt")
	}
	return dataKey, nil
}

// explain knows what gpg says most; other words of it may quote the message.
func explain(ctx context.Context, err error, verb string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := err.Error()
	for _, known := range []struct {
		said, text string
		problem    call.Failure
	}{
		{"No secret key", "there is no secret key for it", call.NoCredentials},
		{"No public key", "there is no public key with this fingerprint: import it first", call.BadKey},
		{"Unusable public key", "the public key cannot be used: it has expired, was revoked or is not for encryption", call.Refused},
		{"Operation cancelled", "the passphrase was not given", call.Refused},
		{"Bad passphrase", "the passphrase is wrong", call.Refused},
		{"No pinentry", "there is no pinentry program to ask for the passphrase", call.Refused},
		{"Inappropriate ioctl for device", "the passphrase cannot be asked for without a terminal (GPG_TTY)", call.Refused},
		{"Timeout", "the passphrase was not given in time", call.Refused},
		{"can't connect to the agent", "the gpg-agent does not answer", call.NotTheService},
		{"no valid OpenPGP data found", "the wrapped data key is not a PGP message", call.BadKey},
	} {
		if strings.Contains(text, known.said) {
			return &call.Error{Failure: known.problem, Service: serviceName, Text: known.text, Err: err}
		}
	}
	if strings.HasSuffix(text, "with pgp: ") { // it could not be started, and said nothing
		return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "the program was not found, or ended without a message", Err: err}
	}
	return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "it could not " + verb, Err: err}
}
