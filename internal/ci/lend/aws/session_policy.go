package aws

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// maxSessionPolicy is how many characters STS accepts
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
const maxSessionPolicy = 2048

// derivedPolicy writes the policy that allows what r names and nothing more: kms:Decrypt with the keys,
// secretsmanager:GetSecretValue, ssm:GetParameter, and kms:Decrypt through those two services. If it would be too long
// for STS, it allows every KMS key of the accounts and regions in question in place of single keys, and collapsed is
// true. A policy that names nothing allows nothing.
//
// STS intersects it with what the role may do, so it can only take away.
func derivedPolicy(r Resources) (document string, collapsed bool, err error) {
	document, err = sessionPolicy(r, false)
	if err != nil || len(document) <= maxSessionPolicy {
		return document, false, err
	}
	document, err = sessionPolicy(r, true)
	if err == nil && len(document) > maxSessionPolicy {
		return "", true, &call.Error{Failure: call.BadSetting, Text: "what the job asks for does not fit into a session policy, which has at most 2,048 characters",
			Hint: "open fewer files at once, or set the session policy yourself, or to none"}
	}
	return document, true, err
}

// statement is one of a policy's; its fields stand in the order in which they are written. A resource and the value of
// a condition are a string or a sorted list.
type statement struct {
	Effect    string
	Action    string
	Resource  any
	Condition map[string]map[string]any `json:",omitempty"`
}

func sessionPolicy(r Resources, collapse bool) (string, error) {
	kms, err := kmsStatements(r.KMSKeys, collapse)
	if err != nil {
		return "", err
	}
	stores, err := storeStatements(r)
	if err != nil {
		return "", err
	}
	all := slices.Concat(kms, stores)
	if len(all) == 0 {
		all = []statement{{Effect: "Deny", Action: "*", Resource: "*"}}
	}
	return writePolicy(all), nil
}

// kmsStatements allows Decrypt. An alias cannot stand as a resource: its key does, whichever that is, on condition that
// the alias is what the request names (https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html).
func kmsStatements(keys []string, collapse bool) ([]statement, error) {
	var direct []string
	aliases := map[string][]string{} // by the ARN of all keys beside them
	for _, text := range keys {
		a, err := parseKMSKey(text)
		if err != nil {
			return nil, err
		}
		beside := strings.TrimSuffix(text, a.Resource) + "key/*"
		switch {
		case collapse:
			direct = append(direct, beside)
		case strings.HasPrefix(a.Resource, "alias/"):
			aliases[beside] = append(aliases[beside], a.Resource)
		default:
			direct = append(direct, text)
		}
	}
	var out []statement
	if len(direct) > 0 {
		out = append(out, allow("kms:Decrypt", unique(direct)))
	}
	for _, beside := range sortedKeys(aliases) {
		s := allow("kms:Decrypt", beside)
		s.Condition = stringEquals("kms:RequestAlias", unique(aliases[beside]))
		out = append(out, s)
	}
	return out, nil
}

// storeStatements allows reading from the stores, and what they decrypt for the reader with a key of the account's own
// (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service).
func storeStatements(r Resources) ([]statement, error) {
	var secrets, parameters []string
	via := map[string][]string{} // services, by the ARN of all keys
	add := func(to *[]string, service string, item stored, err error) error {
		if err != nil {
			return err
		}
		if !policy.IsAWSAccount(item.account) {
			return &call.Error{Failure: call.BadSetting, Text: "a session policy cannot name " + text.Quote(item.id) + " of an unknown account"}
		}
		*to = append(*to, item.resource)
		keys := "arn:" + item.partition + ":kms:" + item.region + ":" + item.account + ":key/*"
		via[keys] = append(via[keys], service+"."+item.region+"."+domainOf(item.partition))
		return nil
	}
	for _, ref := range r.Secrets {
		item, err := secretItem(ref, r.Region, r.Account)
		if err := add(&secrets, "secretsmanager", item, err); err != nil {
			return nil, err
		}
	}
	for _, ref := range r.Parameters {
		item, err := parameterItem(ref, r.Region, r.Account)
		if err := add(&parameters, "ssm", item, err); err != nil {
			return nil, err
		}
	}
	var out []statement
	if len(secrets) > 0 {
		out = append(out, allow("secretsmanager:GetSecretValue", single(unique(secrets))))
	}
	if len(parameters) > 0 {
		out = append(out, allow("ssm:GetParameter", single(unique(parameters))))
	}
	for _, keys := range sortedKeys(via) {
		s := allow("kms:Decrypt", keys)
		s.Condition = stringEquals("kms:ViaService", unique(via[keys]))
		out = append(out, s)
	}
	return out, nil
}

// hopPolicy allows a session only to assume the next role.
func hopPolicy(role string) string {
	return writePolicy([]statement{allow("sts:AssumeRole", role)})
}

func allow(action string, resource any) statement {
	return statement{Effect: "Allow", Action: action, Resource: resource}
}

func stringEquals(key string, values []string) map[string]map[string]any {
	return map[string]map[string]any{"StringEquals": {key: single(values)}}
}

// single writes a list of one as what it holds, which is shorter.
func single(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func writePolicy(statements []statement) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// Strings, lists and maps of strings: encoding cannot fail.
	if err := e.Encode(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", statements}); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
