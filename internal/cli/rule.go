package cli

import (
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/policy"
)

// SealRule makes the rule by which a file is to be encrypted: the policy's,
// with what flags say in its place (sops, getEncryptConfig and keyGroups).
func (a *App) SealRule(c *urfave.Context, file string, input encrypt.Format) (*policy.Rule, error) {
	context, ok := policy.ParseContext(c.String("encryption-context"))
	if !ok {
		return nil, Coded(ExitKMSContext, errors.New("invalid KMS encryption context: it must be name:value,name:value"))
	}
	found, p, err := a.RuleFor(c, file)
	if err != nil {
		return nil, err
	}
	if found == nil && p != nil && len(p.Policy.Rules) > 0 {
		return nil, a.NoRule(c, p, file)
	}
	rule := &policy.Rule{Source: "command line"}
	if found != nil {
		copied := *found
		rule = &copied
		addContext(rule, context)
	}
	if c.Bool("mac-only-encrypted") {
		rule.MACOnlyEncrypted = true
	}
	if err := a.applySelector(c, rule, input); err != nil {
		return nil, err
	}
	group, err := KeysOfFlags(c, "", context)
	if err != nil {
		return nil, err
	}
	if len(group) > 0 {
		rule.Groups = []policy.Group{group}
	}
	if n := c.Int("shamir-secret-sharing-threshold"); n != 0 {
		rule.Threshold = n
	}
	if len(rule.Groups) == 0 {
		return nil, &CodedError{
			Err:  errors.New("config file not found, or has no creation rules, and no keys provided through command line options"),
			Code: ExitGeneric,
			Hint: "gitsecrets init makes a first .sops.yaml; --age RECIPIENT works without one",
		}
	}
	return rule, nil
}

// addContext gives the context of --encryption-context to the KMS keys of a
// rule that have none, as sops does for keys outside of key groups.
func addContext(rule *policy.Rule, context map[string]string) {
	if len(context) == 0 {
		return
	}
	groups := make([]policy.Group, len(rule.Groups))
	for i, g := range rule.Groups {
		groups[i] = append(policy.Group{}, g...)
		for j := range groups[i] {
			if k := &groups[i][j]; k.Type == policy.AWSKMS && len(k.Context) == 0 {
				k.Context = context
			}
		}
	}
	rule.Groups = groups
}

func (a *App) NoRule(c *urfave.Context, p *policy.Found, file string) error {
	e := &CodedError{
		Err:  fmt.Errorf("%s: no matching creation rules found for %s", a.PolicyName(p), a.ShortName(file)),
		Code: ExitGeneric,
		Hint: "gitsecrets explain " + a.ShortName(file) + " says why no rule matches",
	}
	if group, err := KeysOfFlags(c, "", nil); err == nil && len(group) > 0 {
		e.Hint += "\nif there is a policy, keys on the command line do not replace a rule, as in sops; --config /dev/null ignores the policy"
	}
	return e
}

// applySelector puts selectors of flags beside the rule's; there may be one.
func (a *App) applySelector(c *urfave.Context, rule *policy.Rule, input encrypt.Format) error {
	kinds := []policy.SelectorKind{
		policy.UnencryptedSuffix, policy.EncryptedSuffix, policy.UnencryptedRegex, policy.EncryptedRegex,
		policy.UnencryptedCommentRegex, policy.EncryptedCommentRegex,
	}
	texts := map[policy.SelectorKind]string{}
	if k := rule.Selector.Kind(); k != policy.NoSelector {
		texts[k] = rule.Selector.Text()
	}
	for _, kind := range kinds {
		if text := c.String(flagOf(kind)); text != "" {
			texts[kind] = text
		}
	}
	if input == encrypt.Binary {
		if len(texts) > 0 && rule.Selector.Kind() != policy.UnencryptedCommentRegex {
			a.WarnOnce("a binary file is encrypted as a whole: the selector of its rule is ignored")
		}
		rule.Selector = policy.Selector{}
		return nil
	}
	if len(texts) > 1 {
		return Coded(ExitConflict, errors.New("more than one of encrypted_suffix, unencrypted_suffix, encrypted_regex, unencrypted_regex, encrypted_comment_regex and unencrypted_comment_regex"))
	}
	for kind, text := range texts {
		s, err := policy.NewSelector(kind, text)
		if err != nil {
			return Usagef("%s", err)
		}
		rule.Selector = s
	}
	return nil
}

// flagOf is the flag of a selector.
func flagOf(kind policy.SelectorKind) string {
	return map[policy.SelectorKind]string{
		policy.UnencryptedSuffix: "unencrypted-suffix", policy.EncryptedSuffix: "encrypted-suffix",
		policy.UnencryptedRegex: "unencrypted-regex", policy.EncryptedRegex: "encrypted-regex",
		policy.UnencryptedCommentRegex: "unencrypted-comment-regex", policy.EncryptedCommentRegex: "encrypted-comment-regex",
	}[kind]
}

// KeysOfFlags reads the keys that flags name, in the order of sops. prefix is
// "", "add-" or "rm-".
func KeysOfFlags(c *urfave.Context, prefix string, context map[string]string) (policy.Group, error) {
	var group policy.Group
	order := []struct {
		flag string
		t    policy.KeyType
	}{{"kms", policy.AWSKMS}, {"gcp-kms", policy.GCPKMS}, {"hckms", policy.HuaweiKMS}, {"azure-kv", policy.AzureVault}, {"pgp", policy.PGP}, {"hc-vault-transit", policy.VaultKey}, {"age", policy.Age}}
	for _, o := range order {
		keys, err := policy.ParseKeys(o.t, c.String(prefix+o.flag), c.String("aws-profile"), context)
		if err != nil {
			return nil, Coded(ExitGeneric, fmt.Errorf("--%s: %w", prefix+o.flag, err))
		}
		group = append(group, keys...)
	}
	return group, nil
}
