package cijob

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/policy"
)

// fetchedIdentities are the age identities of --key, fetched when a file first
// needs them, and once. They implement agekeys.Identities.
type fetchedIdentities struct {
	ref   policy.Reference
	fetch func(ctx context.Context, ref policy.Reference) ([]byte, error)

	mu   sync.Mutex
	done bool
	held []identity.Held
	err  error
}

// maxFetchedKey bounds what is read as identities.
const maxFetchedKey = 64 << 10

// Identities implements agekeys.Identities.
func (f *fetchedIdentities) Identities(ctx context.Context, recipient string) ([]age.Identity, error) {
	if err := f.load(ctx); err != nil {
		return nil, err
	}
	var ids []age.Identity
	if h := identity.Owner(f.held, recipient); h != nil {
		ids = append(ids, h.Identity)
	}
	for _, h := range f.held {
		if len(ids) == 0 || h.Identity != ids[0] {
			ids = append(ids, h.Identity)
		}
	}
	return ids, nil
}

// load fetches the secret and reads it, once. A failure is kept, unless it may pass.
func (f *fetchedIdentities) load(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done {
		return f.err
	}
	var secret []byte
	if secret, f.err = f.fetch(ctx, f.ref); f.err == nil {
		f.held, f.err = parseFetched(f.ref, secret)
		clear(secret)
	}
	p, _ := problemOfKey(f.err)
	f.done = f.err == nil || p != call.Transient
	return f.err
}

// parseFetched reads age identities or an SSH key of a secret. What it is not,
// it describes without quoting it.
func parseFetched(r policy.Reference, secret []byte) ([]identity.Held, error) {
	bad := func(why string) error {
		return &call.Error{Failure: call.BadKey, Text: fmt.Sprintf("%s does not contain an age identity: %s", r.Text, why),
			Hint: "it must contain what age-keygen prints, AGE-SECRET-KEY-1…, or an SSH private key without a passphrase"}
	}
	if len(secret) > maxFetchedKey {
		return nil, bad(ref.DescribeSecret(secret))
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(secret, []byte("\ufeff")))
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		text = bytes.TrimSpace(text[1 : len(text)-1]) // as a shell or a JSON editor leaves it
	}
	if bytes.HasPrefix(text, []byte("-----BEGIN ")) {
		held, err := identity.ParseSSH(r.Text, "", append(bytes.Clone(text), '\n'), nil)
		if err != nil || len(held) != 1 || held[0].Rank == identity.RankLocked {
			return nil, bad("it looks like " + ref.DescribeSecret(secret))
		}
		return held, nil
	}
	held, err := identity.ParseLines(r.Text, text, true, nil)
	switch {
	case err != nil:
		return nil, bad(strings.TrimPrefix(err.Error(), r.Text+": ") + "; it looks like " + ref.DescribeSecret(secret))
	case len(held) == 0:
		return nil, bad("it looks like " + ref.DescribeSecret(secret))
	}
	for _, h := range held {
		if h.Rank == identity.RankPlugin {
			return nil, bad("an identity of a plugin would run a program here")
		}
	}
	return held, nil
}

// recipients lists those that the identities open.
func (f *fetchedIdentities) recipients() []string {
	var list []string
	for _, h := range f.held {
		if h.Recipient != nil {
			list = append(list, h.Recipient())
		}
	}
	return list
}
