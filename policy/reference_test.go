package policy

import (
	"maps"
	"strings"
	"testing"
)

func TestParseReference(t *testing.T) {
	for text, want := range map[string]Reference{
		"ref+vault://secret/ci/sops#/age-key":               {Store: StoreVault, Path: "secret/ci/sops", Field: "age-key"},
		"vault://secret/ci/sops#age-key":                    {Store: StoreVault, Path: "secret/ci/sops", Field: "age-key"},
		"ref+openbao://kv/a/b?version=3#/k":                 {Store: StoreVault, Path: "kv/a/b", Field: "k", Params: map[string]string{"version": "3"}},
		"ref+vault://secret/a?auth_method=jwt#/k":           {Store: StoreVault, Path: "secret/a", Field: "k"},
		"ref+vault://secret/a%20b#/k%23":                    {Store: StoreVault, Path: "secret/a b", Field: "k#"},
		"ref+awssecrets://ci/key?region=eu-west-1":          {Store: StoreAWSSecrets, Path: "ci/key", Params: map[string]string{"region": "eu-west-1"}},
		"ref+awssecrets://ci/key?version_stage=AWSPREVIOUS": {Store: StoreAWSSecrets, Path: "ci/key", Params: map[string]string{"version_stage": "AWSPREVIOUS"}},
		"awssecrets://arn:aws:secretsmanager:eu-west-1:111122223333:secret:ci/key-AbCdEf#/a/b": {Store: StoreAWSSecrets,
			Path: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ci/key-AbCdEf", Field: "a/b"},
		"ref+awsssm://ci/key":                     {Store: StoreAWSSSM, Path: "/ci/key"},
		"ref+awsssm:///ci/key?mode=singleparam":   {Store: StoreAWSSSM, Path: "/ci/key"},
		"ref+gcpsecrets://my-project/key":         {Store: StoreGCPSecrets, Path: "my-project/key"},
		"ref+gcpsecrets://my-project/k?version=2": {Store: StoreGCPSecrets, Path: "my-project/k", Params: map[string]string{"version": "2"}},
		"ref+azurekeyvault://my-vault/key":        {Store: StoreAzureVault, Path: "my-vault/key"},
		"ref+azurekeyvault://my-vault/key/v1#/f":  {Store: StoreAzureVault, Path: "my-vault/key/v1", Field: "f"},
	} {
		got, err := ParseReference(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got.Text != text || got.Store != want.Store || got.Path != want.Path || got.Field != want.Field || !maps.Equal(got.Params, want.Params) {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                               "STORE://PATH",
		"secret/ci/sops":                                                 "STORE://PATH",
		"ref+valut://a/b#/c":                                             "no store",
		"ref+file://a/b":                                                 "no store",
		"ref+vault://secret#/k":                                          "mount and the path",
		"ref+vault://secret/ci/sops":                                     "requires a field",
		"ref+vault://secret/../sys/raw#/k":                               "..",
		"ref+vault://secret//x#/k":                                       "empty part",
		"ref+vault://secret/%2e%2e/x#/k":                                 "..",
		"ref+vault://secret/a%3fb#/k":                                    "character",
		"ref+vault://secret/a?address=https://evil#/k":                   `parameter "address"`,
		"ref+vault://secret/a?auth_method=token#/k":                      "must be jwt",
		"ref+vault://secret/a?version=x#/k":                              "must be a number",
		"ref+vault://secret/a?version=1&version=2#/k":                    "twice",
		"ref+vault://secret/%zz#/k":                                      "% escape",
		"ref+awssecrets://k?role_arn=arn:aws:iam::1:r":                   `parameter "role_arn"`,
		"ref+awssecrets://":                                              "no path",
		"ref+awsssm://a?mode=tree":                                       "mode",
		"ref+gcpsecrets://only-project":                                  "project and the secret",
		"ref+gcpsecrets://p/s?version=newest":                            "version",
		"ref+azurekeyvault://v":                                          "vault and the secret",
		"ref+azurekeyvault://v/s?x=1":                                    "parameter",
		"ref+awssecrets://a?region=foo":                                  "region is invalid",
		"ref+awssecrets://a:b":                                           "not the name of a secret",
		"ref+awssecrets://a?version_id=x%20y":                            "version_id",
		"ref+awssecrets://arn:aws:secretsmanager:eu-west-1:123:secret:a": "12 digits",
		"ref+awssecrets://arn:aws-foo:secretsmanager:eu-west-1:111122223333:secret:a":              "no such partition",
		"ref+awssecrets://arn:aws:secretsmanager:eu-west-1:111122223333:secret:*":                  "not the name of a secret",
		"ref+awssecrets://arn:aws:ssm:eu-west-1:111122223333:parameter/a":                          "Secrets Manager",
		"ref+awssecrets://arn:aws:secretsmanager:eu-west-1:111122223333:secret:a?region=us-east-1": "another region",
		"ref+awsssm:///a*":                         "not the name of a parameter",
		"ref+awsssm://a?version=x":                 "must be a number",
		"ref+gcpsecrets://My-Project/s":            "does not name a secret",
		"ref+gcpsecrets://p/s.t":                   "does not name a secret",
		"ref+azurekeyvault://v.example.com/s":      "domain of Azure",
		"ref+azurekeyvault://v/a_b":                "does not name a secret",
		"ref+vault://secret/a b#/k":                "blanks",
		"ref+vault://" + strings.Repeat("x", 5000): "too long",
	} {
		_, err := ParseReference(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %s", text, err, want)
		}
	}
}

// What is a reference stays one when it is written down again.
func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"ref+vault://secret/ci/sops#/age-key", "awsssm://a", "ref+gcpsecrets://p/s?version=2", "ref+azurekeyvault://v/s/1", "ref+awssecrets://arn:aws:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseReference(text)
		if err != nil {
			return
		}
		again, err := ParseReference(ref.Text)
		if err != nil || again.Path != ref.Path || again.Field != ref.Field || again.Store != ref.Store {
			t.Errorf("%q: %+v became %+v, %v", text, ref, again, err)
		}
		if strings.Contains(ref.Path, "..") && CheckPath(ref.Path) != nil {
			t.Errorf("%q leads elsewhere: %q", text, ref.Path)
		}
	})
}
