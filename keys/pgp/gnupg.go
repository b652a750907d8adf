package pgp

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
)

// maxWords bounds what gpg says on stderr.
const maxWords = 1 << 20

// agentTime is how long a gpg that was ended may keep its streams open.
const agentTime = 5 * time.Second

// gnupg runs the program.
type gnupg struct{ getenv func(string) string }

// encrypt trusts the key for this once, as sops does: the rule names it.
func (g gnupg) encrypt(ctx context.Context, fingerprint string, dataKey []byte) ([]byte, error) {
	out, said, err := g.run(ctx, dataKey, "--no-default-recipient", "--yes", "--encrypt", "-a", "-r", fingerprint,
		"--trusted-key", longID(fingerprint), "--no-encrypt-to")
	switch {
	case isNotThere(ctx, err):
		return g.encryptByRing(fingerprint, dataKey)
	case err != nil:
		return nil, explained(said, err, "encrypt")
	}
	return bytes.TrimSpace(out), nil
}

func (g gnupg) decrypt(ctx context.Context, message string) ([]byte, error) {
	out, said, err := g.run(ctx, []byte(message), "-d")
	switch {
	case isNotThere(ctx, err):
		return g.decryptByRing(message)
	case errors.Is(err, errTooMuch):
		return nil, &call.Error{Failure: call.BadKey, Service: serviceName, Text: "the message does not contain a data key: it is too long"}
	case err == nil && len(out) == 0: // an old gpg passes over a cipher that it does not know
		return nil, &call.Error{Failure: call.BadKey, Service: serviceName, Text: "it gave nothing back: a newer gpg made the wrapped data key"}
	case err != nil:
		return nil, explained(said, err, "decrypt")
	}
	return out, nil
}

// longID returns the last 16 digits; a ! behind them means that very subkey.
func longID(fingerprint string) string {
	digits, exact := strings.CutSuffix(fingerprint, "!")
	id := digits[max(0, len(digits)-16):]
	if exact {
		id += "!"
	}
	return id
}

func (g gnupg) run(ctx context.Context, stdin []byte, args ...string) (stdout []byte, said string, err error) {
	program := g.getenv("SOPS_GPG_EXEC")
	if program == "" {
		program = "gpg"
	}
	if home := g.getenv("GNUPGHOME"); home != "" {
		args = append([]string{"--homedir", home}, args...)
	}
	// A message may be compressed: what it unpacks to has no length of its own.
	out, words := bounded.Buffer{Limit: maxEnc, Strict: true}, bounded.Buffer{Limit: maxWords, Strict: true}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &words
	cmd.WaitDelay = agentTime
	if err := cmd.Start(); err != nil {
		return nil, "", &notStarted{err}
	}
	err = cmd.Wait()
	switch {
	case out.Full():
		return nil, "", errTooMuch
	case errors.Is(err, exec.ErrWaitDelay): // it succeeded, and left an agent running that keeps its streams
		err = nil
	}
	return out.Bytes(), string(words.Bytes()), err
}

var errTooMuch = errors.New("more than a data key came back")

// notStarted is why the program did not even start.
type notStarted struct{ error }

func (e *notStarted) Unwrap() error { return e.error }

func isNotThere(ctx context.Context, err error) bool {
	var e *notStarted
	return errors.As(err, &e) && ctx.Err() == nil
}

// explained knows what gpg says most; other words of it may quote the message.
func explained(said string, err error, verb string) error {
	for _, known := range []struct {
		said, text string
		failure    call.Failure
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
		if strings.Contains(said, known.said) {
			return &call.Error{Failure: known.failure, Service: serviceName, Text: known.text, Err: err}
		}
	}
	if strings.TrimSpace(said) == "" {
		return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "the program ended without a message", Err: err}
	}
	return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "it could not " + verb, Err: err}
}
