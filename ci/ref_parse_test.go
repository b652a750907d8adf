package ci

import (
	"maps"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

func TestParseRef(t *testing.T) {
	for text, want := range map[string]Ref{
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
		got, err := ParseRef(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got.Text != text || got.Store != want.Store || got.Path != want.Path || got.Field != want.Field || !maps.Equal(got.Params, want.Params) {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

func TestParseRefRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                             "no ://",
		"secret/ci/sops":                               "no ://",
		"ref+valut://a/b#/c":                           "no store",
		"ref+file://a/b":                               "no store",
		"ref+vault://secret#/k":                        "mount and the path",
		"ref+vault://secret/ci/sops":                   "no field",
		"ref+vault://secret/../sys/raw#/k":             "..",
		"ref+vault://secret//x#/k":                     "empty part",
		"ref+vault://secret/%2e%2e/x#/k":               "..",
		"ref+vault://secret/a%3fb#/k":                  "character",
		"ref+vault://secret/a?address=https://evil#/k": `parameter "address"`,
		"ref+vault://secret/a?auth_method=token#/k":    "by jwt",
		"ref+vault://secret/a?version=x#/k":            "no number",
		"ref+vault://secret/a?version=1&version=2#/k":  "twice",
		"ref+vault://secret/%zz#/k":                    "% escape",
		"ref+awssecrets://k?role_arn=arn:aws:iam::1:r": `parameter "role_arn"`,
		"ref+awssecrets://":                            "no path",
		"ref+awsssm://a?mode=tree":                     "mode",
		"ref+gcpsecrets://only-project":                "project and the secret",
		"ref+gcpsecrets://p/s?version=newest":          "version",
		"ref+azurekeyvault://v":                        "vault and the secret",
		"ref+azurekeyvault://v/s?x=1":                  "parameter",
		"ref+vault://secret/a b#/k":                    "blanks",
		"ref+vault://" + strings.Repeat("x", 5000):     "too long",
	} {
		_, err := ParseRef(text)
		e := wantFailure(t, err, call.BadSetting, want)
		if e != nil && strings.Contains(want, "address") && e.Hint == "" {
			t.Errorf("%s: no hint", text)
		}
	}
}

// What is a reference stays one when it is written down again.
func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"ref+vault://secret/ci/sops#/age-key", "awsssm://a", "ref+gcpsecrets://p/s?version=2", "ref+azurekeyvault://v/s/1", "ref+awssecrets://arn:aws:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseRef(text)
		if err != nil {
			return
		}
		again, err := ParseRef(ref.String())
		if err != nil || again.Path != ref.Path || again.Field != ref.Field || again.Store != ref.Store {
			t.Errorf("%q: %+v became %+v, %v", text, ref, again, err)
		}
		if strings.Contains(ref.Path, "..") && badPath(ref.Path) != "" {
			t.Errorf("%q leads elsewhere: %q", text, ref.Path)
		}
	})
}
