package awstest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// policyDocument is an IAM policy, as far as the tests need it: Effect, Action
// and Resource with wildcards, and Condition with the operators and keys of
// knownOperator and knownKey. What else it holds makes it malformed, so that no test
// relies on what is not enforced.
type policyDocument struct {
	Version   string
	Id        string `json:",omitempty"`
	Statement oneOrMore[policyStatement]
}

type policyStatement struct {
	Sid, Effect      string
	Action, Resource oneOrMore[string]
	Condition        map[string]map[string]oneOrMore[string]
}

// oneOrMore is a list that IAM lets stand as one item.
type oneOrMore[E any] []E

// UnmarshalJSON implements json.Unmarshaler.
func (l *oneOrMore[E]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]E)(l))
	}
	var one E
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = oneOrMore[E]{one}
	return nil
}

// parsePolicy reads a policy; false for what AWS calls a malformed document.
func parsePolicy(text string) (*policyDocument, bool) {
	p := &policyDocument{}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(p) != nil || d.More() || p.Version != "2012-10-17" || len(p.Statement) == 0 {
		return nil, false
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" || len(s.Action) == 0 || len(s.Resource) == 0 {
			return nil, false
		}
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if !knownOperator(operator) || !knownKey(key) || len(values) == 0 {
					return nil, false
				}
			}
		}
	}
	return p, true
}

func knownOperator(operator string) bool {
	return slices.Contains([]string{"StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringLike"}, operator)
}

// knownKey knows the condition keys that some server gives a value to.
func knownKey(key string) bool {
	return strings.HasPrefix(key, "kms:EncryptionContext:") || slices.Contains([]string{
		"kms:EncryptionContextKeys", "kms:RequestAlias", "kms:ViaService", "secretsmanager:VersionStage", "sts:ExternalId", "sts:RoleSessionName",
	}, key)
}

// conditions are the values of condition keys in a request.
type conditions map[string][]string

// allows evaluates the policy: an explicit Deny wins, and what nothing allows
// is denied.
func (p *policyDocument) allows(action, resource string, request conditions) bool {
	allowed := false
	for _, s := range p.Statement {
		hit := slices.ContainsFunc(s.Action, func(a string) bool { return likeIAM(strings.ToLower(a), strings.ToLower(action)) }) &&
			slices.ContainsFunc(s.Resource, func(r string) bool { return likeIAM(r, resource) }) && s.holds(request)
		switch {
		case hit && s.Effect == "Deny":
			return false
		case hit:
			allowed = true
		}
	}
	return allowed
}

// holds evaluates the conditions; a key that the request does not have makes
// them fail.
func (s policyStatement) holds(request conditions) bool {
	for operator, keys := range s.Condition {
		like := strings.HasSuffix(operator, "StringLike")
		for key, values := range keys {
			if !slices.ContainsFunc(request[key], func(have string) bool {
				return slices.ContainsFunc(values, func(v string) bool { return v == have || like && likeIAM(v, have) })
			}) {
				return false
			}
		}
	}
	return true
}

// likeIAM matches * and ? as IAM does.
func likeIAM(pattern, text string) bool {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	return regexp.MustCompile(`^(?s:` + quoted + `)$`).MatchString(text)
}

// may says whether a caller's session policy and its role's own permissions
// let it do something: both must. Callers without either may do everything;
// those with a malformed one, nothing.
func (i *IAM) may(c Caller, action, resource string, request conditions) bool {
	i.mu.Lock()
	permissions := i.permissions[c.Role]
	i.mu.Unlock()
	for _, text := range []string{permissions, c.Policy} {
		if text == "" {
			continue
		}
		if p, ok := parsePolicy(text); !ok || !p.allows(action, resource, request) {
			return false
		}
	}
	return true
}
