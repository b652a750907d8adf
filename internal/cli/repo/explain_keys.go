package repo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/policy"
)

// opener says which keys this machine could open files with, without asking
// anybody for anything.
type opener struct {
	ids *identity.Finder
	gpg map[string]explainedKey // by fingerprint
}

func (o *opener) group(ctx context.Context, g policy.Group) []explainedKey {
	keys := []explainedKey{}
	for _, k := range g {
		keys = append(keys, o.key(ctx, k))
	}
	return keys
}

func (o *opener) key(ctx context.Context, k policy.Key) explainedKey {
	e := explainedKey{Type: k.Type, ID: k.ID}
	if err := k.Check(); err != nil {
		e.ID = "(not shown)"
		e.Openable, e.Why = "no", err.Error()
		return e
	}
	switch k.Type {
	case policy.Age:
		e.Openable, e.Why = o.age(ctx, k.ID)
	case policy.PGP:
		if known, ok := o.gpg[k.ID]; ok {
			return known
		}
		e.Openable, e.Why = gpgHolds(ctx, k.ID)
		if o.gpg == nil {
			o.gpg = map[string]explainedKey{}
		}
		o.gpg[k.ID] = e
	default:
		e.Openable, e.Why = "unchecked", "not checked offline"
	}
	return e
}

func (o *opener) age(ctx context.Context, recipient string) (openable, why string) {
	held, pending, err := o.ids.Held(ctx, false)
	if h := identity.Owner(held, recipient); h != nil {
		return "yes", "its identity is in " + h.Source
	}
	for _, h := range held {
		if p, ok := h.Identity.(*plugin.Identity); ok && strings.HasPrefix(recipient, "age1"+strings.ToLower(p.Name())+"1") {
			return "maybe", "age-plugin-" + p.Name() + " decides, by an identity in " + h.Source
		}
		if h.Rank == identity.RankLocked && h.Recipient == nil {
			return "maybe", "the identities in " + h.Source + " are behind a passphrase"
		}
		if h.Rank == identity.RankSlow && h.Recipient == nil && strings.HasPrefix(recipient, "ssh-") {
			return "maybe", h.Source + " does not contain its public key"
		}
	}
	if len(pending) > 0 {
		return "maybe", strings.Join(pending, " and ") + " is not run for this"
	}
	if err != nil {
		return "no", "no identity here is its own (" + err.Error() + ")"
	}
	return "no", "no identity here is its own"
}

// gpgHolds asks gpg whether it holds the secret key.
func gpgHolds(ctx context.Context, fingerprint string) (openable, why string) {
	program := os.Getenv("SOPS_GPG_EXEC")
	if program == "" {
		program = "gpg"
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--batch", "--no-tty", "--no-auto-key-retrieve", "--list-secret-keys", "--", fingerprint)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "yes", "gpg holds the secret key"
	case errors.As(err, &exit):
		return "no", "gpg does not have the secret key"
	}
	return "unchecked", "gpg cannot be run"
}
