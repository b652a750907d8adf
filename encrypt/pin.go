package encrypt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/policy"
)

// pinned stands between a file's metadata and the key services, so that a file cannot
// choose whom we talk to.
type pinned struct {
	rule *policy.Rule   // nil: no rule governs the file
	set  *policy.KeySet // the rule's keys
	opts *OpenOptions
	file [][]Wrapped // what the file names
	next KeyService
}

// pin wraps services for opening a file that rule governs.
func pin(rule *policy.Rule, opts *OpenOptions, file [][]Wrapped, keys []KeyService) []KeyService {
	out := make([]KeyService, len(keys))
	var set *policy.KeySet
	if rule != nil {
		set = rule.KeySet()
	}
	for i, k := range keys {
		out[i] = &pinned{rule, set, opts, file, k}
	}
	return out
}

// Wrap lets a file that is sealed anew choose no more than one that is opened.
// Keys that the file does not name come from the rule or a flag.
func (p *pinned) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	for _, group := range p.file {
		if slices.ContainsFunc(group, func(w Wrapped) bool { return sameKey(w.Key, key) }) {
			if err := p.allowed(key); err != nil {
				return Wrapped{}, err
			}
			break
		}
	}
	return p.next.Wrap(ctx, key, dataKey)
}

func (p *pinned) Unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	if err := p.allowed(w.Key); err != nil {
		return nil, err
	}
	return p.next.Unwrap(ctx, w)
}

// Prefers implements Preferrer.
func (p *pinned) Prefers(key policy.Key) bool {
	next, ok := p.next.(Preferrer)
	return ok && next.Prefers(key)
}

func (p *pinned) allowed(key policy.Key) error {
	if p.rule != nil && p.set.Allows(key) {
		return nil
	}
	if p.opts.OnlyRuleKeys {
		return errors.New("not contacted: the rule does not name this key")
	}
	switch key.Type {
	case policy.VaultKey:
		if err := key.Check(); err != nil {
			return err
		}
		id, err := policy.ParseTransitKey(key.ID)
		if err != nil {
			return err
		}
		if p.opts.AllowVault == nil || !p.opts.AllowVault(id.Address) {
			return fmt.Errorf("not contacted: neither the rule, VAULT_ADDR nor SOPS_HC_VAULT_ALLOWLIST names %q", id.Address)
		}
	case policy.AWSKMS:
		if p.rule == nil || key.Role == "" && key.Profile == "" {
			return nil
		}
		if p.opts.AllowAWS == nil || !p.opts.AllowAWS(key.Role, key.Profile) {
			return errors.New("not contacted: the file asks for a role or profile that the rule does not name")
		}
	}
	return nil
}

// strangers returns a warning for each key of the file that a governing rule
// does not name and that would be contacted over the network.
func strangers(rule *policy.Rule, groups [][]Wrapped) []Warning {
	if rule == nil {
		return nil
	}
	set := rule.KeySet()
	var out []Warning
	for _, g := range groups {
		for _, w := range g {
			switch w.Key.Type {
			case policy.AWSKMS, policy.GCPKMS, policy.AzureVault, policy.HuaweiKMS:
				if !set.Allows(w.Key) {
					out = append(out, Warning{Text: fmt.Sprintf("the file names the %s key %s, but the rule at %s does not name it", w.Key.Type, w.Key.ID, rule.Source)})
				}
			}
		}
	}
	return out
}
