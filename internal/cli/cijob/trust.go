package cijob

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/policy"
)

// trust says which of a file's keys may be used in this job: those that flags, variables or a trusted rule name, and with
// --trust-file-keys all. What comes back is a rule of exactly these keys, as
// the file spells them.
func (j *ciJob) trust(file string, info *encrypt.Info) (*policy.Rule, error) {
	named, err := cli.KeysOfFlags(j.c, "", nil)
	if err != nil {
		return nil, err
	}
	rule, err := j.trustedRule(file)
	if err != nil {
		return nil, err
	}
	out := &policy.Rule{Source: "the command line"}
	if rule != nil {
		out.Source = rule.Source
	}
	group := policy.Group{}
	for _, g := range info.Groups {
		for _, w := range g {
			switch {
			case j.c.Bool("trust-file-keys"),
				rule != nil && rule.Allows(impersonal(w.Key)),
				slices.ContainsFunc(named, func(k policy.Key) bool { return sameMasterKey(k, w.Key) }),
				w.Key.Type == policy.Age && j.settings.Key != nil: // opened here, with the identity that was asked for
				group = append(group, w.Key)
			}
		}
	}
	if len(group) == 0 {
		return nil, j.untrusted(rule)
	}
	out.Groups = []policy.Group{group}
	return out, nil
}

// trustedRule is the policy's rule for a file, without who the person at a
// terminal would be; nil if there is none, or it was not reviewed.
func (j *ciJob) trustedRule(file string) (*policy.Rule, error) {
	if j.unreviewed != "" && j.c.String("config") == "" {
		return nil, nil
	}
	rule, _, err := j.a.RuleFor(j.c, file)
	if err != nil || rule == nil {
		return nil, err
	}
	copied := *rule
	copied.Groups = nil
	for _, g := range rule.Groups {
		var group policy.Group
		for _, k := range g {
			group = append(group, impersonal(k))
		}
		copied.Groups = append(copied.Groups, group)
	}
	return &copied, nil
}

// impersonal leaves out the role and profile that a key is reached with from a
// person's machine.
func impersonal(k policy.Key) policy.Key {
	k.Role, k.Profile = "", ""
	return k
}

// sameMasterKey compares a key that a flag names with a file's; the flag says
// nothing of encryption contexts.
func sameMasterKey(named, k policy.Key) bool {
	k = impersonal(k)
	k.Context = nil
	named.Context = nil
	return (&policy.Rule{Groups: []policy.Group{{impersonal(named)}}}).Allows(k)
}

func (j *ciJob) untrusted(rule *policy.Rule) error {
	const way = "name the keys with --kms, --gcp-kms, --azure-kv or --hc-vault-transit, or accept what the file names with --trust-file-keys"
	switch {
	case j.unreviewed != "":
		return &call.Error{Failure: call.Unsafe, Text: "no flag or variable names a key of the file, and the repository's rules do not count here: " + j.unreviewed, Hint: way}
	case rule == nil:
		return &call.Error{Failure: call.BadKey, Text: "no rule governs the file, and no flag or variable names one of its keys", Hint: way}
	}
	return &call.Error{Failure: call.BadKey, Text: fmt.Sprintf("the rule at %s names none of the file's keys", rule.Source),
		Hint: "gitsecrets updatekeys brings the file in line with its rule; or " + way}
}

// assumable says whether a file may ask for the role of a key: a flag names it, or
// a trusted rule names it for that key.
func (j *ciJob) assumable(file string) func(k policy.Key) bool {
	allowed := j.c.StringSlice("allow-role")
	for i, role := range allowed {
		allowed[i] = strings.TrimSpace(role)
	}
	var rule *policy.Rule
	if j.unreviewed == "" || j.c.String("config") != "" {
		var err error
		if rule, _, err = j.a.RuleFor(j.c, file); err != nil {
			rule = nil
		}
	}
	return func(k policy.Key) bool {
		return slices.Contains(allowed, k.Role) || rule != nil && slices.ContainsFunc(rule.Groups, func(g policy.Group) bool {
			return slices.ContainsFunc(g, func(r policy.Key) bool {
				return r.Type == k.Type && r.ID == k.ID && r.Role == k.Role
			})
		})
	}
}
