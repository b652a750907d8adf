package ci

import (
	"strings"
	"testing"
)

// What is taken for an ARN is written as it was read, and stands for one thing.
func FuzzARN(f *testing.F) {
	for _, text := range []string{awsKey1, awsKey2, awsAlias, awsRole, wholeSecret,
		"arn:aws:ssm:eu-west-1:111122223333:parameter/ci/key", "arn:aws:kms:evil.com/x#:111122223333:key/1", "arn:aws:iam::111122223333:role/*"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(a arn, ok bool) {
			if ok && (a.text() != text || strings.ContainsAny(text, "*?$\"\\ \n") || !isAccount(a.account) || a.region != "" && !isRegion(a.region)) {
				t.Errorf("%q is taken for %+v", text, a)
			}
		}
		key, err := parseKMSKey(text)
		check(key, err == nil)
		role, err := parseRole(text)
		check(role, err == nil)
		secret, why := parseSecretARN(text)
		check(secret, why == "")
		parameter, why := parseParameterARN(text)
		check(parameter, why == "")
	})
}
