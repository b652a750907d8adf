package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	awsKey1  = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
	awsKey2  = "arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef"
	awsAlias = "arn:aws:kms:eu-central-1:111122223333:alias/ci/sops"
)

func secretRef(path string, params ...string) policy.Reference {
	return reference(policy.StoreAWSSecrets, path, params)
}

func parameterRef(path string, params ...string) policy.Reference {
	return reference(policy.StoreAWSSSM, path, params)
}

func reference(s policy.Store, path string, params []string) policy.Reference {
	r := policy.Reference{Text: "ref+" + string(s) + "://" + path, Store: s, Path: path, Params: map[string]string{}}
	for i := 0; i+1 < len(params); i += 2 {
		r.Params[params[i]] = params[i+1]
	}
	return r
}

func TestSessionPolicy(t *testing.T) {
	const here = `arn:aws:kms:eu-west-1:111122223333:key/*`
	tests := map[string]struct {
		r    Resources
		want string
	}{
		"keys: sorted, each once": {
			Resources{KMSKeys: []string{awsKey2, awsKey1, awsKey2}},
			`{"Effect":"Allow","Action":"kms:Decrypt","Resource":["` + awsKey1 + `","` + awsKey2 + `"]}`,
		},
		"aliases": {
			Resources{KMSKeys: []string{awsAlias, awsKey1, "arn:aws:kms:eu-central-1:111122223333:alias/b", "arn:aws:kms:us-east-1:111122223333:alias/b"}},
			`{"Effect":"Allow","Action":"kms:Decrypt","Resource":["` + awsKey1 + `"]},` +
				`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-central-1:111122223333:key/*","Condition":{"StringEquals":{"kms:RequestAlias":["alias/b","alias/ci/sops"]}}},` +
				`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/*","Condition":{"StringEquals":{"kms:RequestAlias":"alias/b"}}}`,
		},
		"secret by name": {
			Resources{Secrets: []policy.Reference{secretRef("ci/sops", "version_stage", "AWSCURRENT")}, Region: "eu-west-1", Account: "111122223333"},
			`{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:ci/sops-??????"},` +
				`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + here + `","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"}}}`,
		},
		"secrets by ARN, whole and not": {
			Resources{Secrets: []policy.Reference{secretRef("arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:a-AbC123"), secretRef("arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:b")}},
			`{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":["arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:a-AbC123","arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:b-??????"]},` +
				`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws-cn:kms:cn-north-1:444455556666:key/*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.cn-north-1.amazonaws.com.cn"}}}`,
		},
		"parameters, one in a region of its own": {
			Resources{Parameters: []policy.Reference{parameterRef("/ci/key", "version", "3"), parameterRef("/x", "region", "us-east-1")}, Region: "eu-west-1", Account: "111122223333"},
			`{"Effect":"Allow","Action":"ssm:GetParameter","Resource":["arn:aws:ssm:eu-west-1:111122223333:parameter/ci/key","arn:aws:ssm:us-east-1:111122223333:parameter/x"]},` +
				`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + here + `","Condition":{"StringEquals":{"kms:ViaService":"ssm.eu-west-1.amazonaws.com"}}},` +
				`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/*","Condition":{"StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com"}}}`,
		},
		"nothing": {Resources{}, `{"Effect":"Deny","Action":"*","Resource":"*"}`},
	}
	for name, test := range tests {
		got, collapsed, err := derivedPolicy(test.r)
		want := `{"Version":"2012-10-17","Statement":[` + test.want + `]}`
		if err != nil || collapsed || got != want {
			t.Errorf("%s: got %s, %v, %v\nwant %s", name, got, collapsed, err, want)
		}
	}
}

func manyKeys(n int) []string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-%012d", i))
	}
	return keys
}

func TestSessionPolicyCollapses(t *testing.T) {
	if got, collapsed, err := derivedPolicy(Resources{KMSKeys: manyKeys(24)}); err != nil || collapsed {
		t.Errorf("24 keys: %d characters, %v, %v", len(got), collapsed, err)
	}
	got, collapsed, err := derivedPolicy(Resources{KMSKeys: append(manyKeys(60), awsKey2, awsAlias)})
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":["arn:aws:kms:eu-central-1:111122223333:key/*","arn:aws:kms:us-east-1:111122223333:key/*"]}]}`
	if err != nil || !collapsed || got != want {
		t.Errorf("60 keys: got %s, %v, %v\nwant %s", got, collapsed, err, want)
	}
	var accounts []string
	for i := range 60 {
		accounts = append(accounts, fmt.Sprintf("arn:aws:kms:eu-central-1:%012d:key/11111111-2222-3333-4444-555555555555", i))
	}
	if _, _, err := derivedPolicy(Resources{KMSKeys: accounts}); problemOf(err) != call.BadSetting {
		t.Errorf("keys of 60 accounts: %v", err)
	}
}

func problemOf(err error) call.Failure {
	var e *call.Error
	if errors.As(err, &e) {
		return e.Failure
	}
	return 255
}

func TestHostileKMSKeys(t *testing.T) {
	for _, text := range []string{
		"", "*", "alias/x", "11111111-2222-3333-4444-555555555555",
		"arn:aws:kms:eu-central-1:111122223333:key/*",
		"arn:aws:kms:eu-central-1:111122223333:key/",
		"arn:aws:kms:eu-central-1:111122223333:key/a?",
		"arn:aws:kms:eu-central-1:111122223333:key/x\"],\"Resource\":[\"*",
		"arn:aws:kms:eu-central-1:111122223333:key/${aws:username}",
		"arn:aws:kms:eu-central-1:111122223333:alias/*",
		"arn:aws:kms:eu-central-1:111122223333:alias/",
		"arn:aws:kms:evil.com/x#:111122223333:key/1",
		"arn:aws:kms:a@b:111122223333:key/1",
		"arn:aws:kms:*:111122223333:key/1",
		"arn:aws:kms::111122223333:key/1",
		"arn:aws:kms:eu-central-1:123:key/1",
		"arn:aws:kms:eu-central-1:*:key/1",
		"arn:aws:kms:cn-north-1:111122223333:key/1",
		"arn:aws-cn:kms:eu-central-1:111122223333:key/1",
		"arn:aws-evil:kms:eu-central-1:111122223333:key/1",
		"arn:aws:s3:eu-central-1:111122223333:key/1",
		"arn:aws:kms:eu-central-1:111122223333:key/1\n",
		" " + awsKey1,
	} {
		policy, _, err := derivedPolicy(Resources{KMSKeys: []string{awsKey1, text}})
		if policy != "" || problemOf(err) != call.BadKey {
			t.Errorf("%q: got %q, %v", text, policy, err)
		}
	}
}

func TestHostileRefs(t *testing.T) {
	for _, r := range []policy.Reference{
		secretRef(""), secretRef("*"), secretRef("a?"), secretRef("${aws:username}"), secretRef("a:b"), secretRef("a\"b"),
		secretRef("a", "region", "evil.com/x#"), secretRef("a", "region", "us-east-1", "role_arn", "x"), secretRef("a", "profile", "dev"),
		secretRef("a", "version_id", "x y"), secretRef("a", "version_stage", "x y"),
		secretRef("arn:aws:secretsmanager:eu-west-1:111122223333:secret:*"), secretRef("arn:aws:secretsmanager:*:111122223333:secret:a"),
		secretRef("arn:aws:ssm:eu-west-1:111122223333:parameter/a"), secretRef("arn:aws:secretsmanager:eu-west-1:111122223333:secret:a", "region", "us-east-1"),
		parameterRef(""), parameterRef("/"), parameterRef("/*"), parameterRef("/a:b"), parameterRef("/a", "version", "x"), parameterRef("/a", "mode", "singleparam"),
		parameterRef("/arn:aws:ssm:eu-west-1:111122223333:parameter/*"), parameterRef("arn:aws:secretsmanager:eu-west-1:111122223333:secret:a"),
	} {
		res := Resources{Region: "eu-west-1", Account: "111122223333"}
		if r.Store == policy.StoreAWSSecrets {
			res.Secrets = []policy.Reference{r}
		} else {
			res.Parameters = []policy.Reference{r}
		}
		if policy, _, err := derivedPolicy(res); policy != "" || problemOf(err) != call.BadSetting {
			t.Errorf("%q %v: got %q, %v", r.Path, r.Params, policy, err)
		}
	}
	if _, _, err := derivedPolicy(Resources{Secrets: []policy.Reference{secretRef("a")}, Region: "eu-west-1"}); problemOf(err) != call.BadSetting {
		t.Errorf("unknown account: %v", err)
	}
}

// The grammar of names is the policy's: what it refuses, no session asks for.
func TestSessionPolicyJudgesKeyNames(t *testing.T) {
	for _, n := range cloudtest.KeyNames(t) {
		if n.Type != "kms" || n.Role != "" || n.Profile != "" {
			continue
		}
		got, _, err := derivedPolicy(Resources{KMSKeys: []string{n.ID}})
		if (err == nil) != n.Valid || err != nil && got != "" {
			t.Errorf("%q: %q, %v", n.ID, got, err)
		}
	}
}

// A region lies in the partition in which the SDK looks for it.
func TestPartitionsAsTheSDKHasThem(t *testing.T) {
	suffixes := map[string]string{"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com", "aws-eusc": "amazonaws.eu",
		"aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov", "aws-iso-e": "cloud.adc-e.uk", "aws-iso-f": "csp.hci.ic.gov"}
	for _, region := range []string{"eu-west-1", "us-east-1", "ap-southeast-7", "mx-central-1", "il-central-1", "cn-north-1", "cn-northwest-1", "us-gov-west-1",
		"eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"} {
		endpoint, err := ssm.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), ssm.EndpointParameters{Region: &region})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := endpoint.URI.Host, "ssm."+region+"."+suffixes[policy.AWSPartition(region)]; got != want {
			t.Errorf("%s: the SDK asks %s, want %s", region, got, want)
		}
		if !policy.IsAWSRegion(region) {
			t.Errorf("%s is not taken for a region", region)
		}
	}
}

// Whatever the files name, the policy is valid, fits, and allows only reading.
func FuzzSessionPolicy(f *testing.F) {
	f.Add(awsKey1, awsAlias, "ci/sops", "/ci/key", "eu-west-1", uint8(3))
	f.Add(awsKey2, "arn:aws:kms:eu-central-1:111122223333:key/*", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a", "x", "cn-north-1", uint8(60))
	f.Fuzz(func(t *testing.T, key1, key2, secret, parameter, region string, n uint8) {
		keys := append(manyKeys(int(n)), key1)
		for _, r := range []Resources{
			{KMSKeys: append(keys, key2)},
			{Secrets: []policy.Reference{secretRef(secret, "region", region)}, Account: "111122223333"},
			{KMSKeys: keys, Parameters: []policy.Reference{parameterRef(parameter)}, Region: region, Account: "111122223333"},
		} {
			text, _, err := derivedPolicy(r)
			if err != nil {
				if text != "" {
					t.Fatalf("a policy and an error: %v", err)
				}
				continue
			}
			var p struct {
				Version   string
				Statement []struct {
					Effect, Action string
					Resource       any
					Condition      map[string]map[string]any
				}
			}
			if err := json.Unmarshal([]byte(text), &p); err != nil || len(text) > maxSessionPolicy {
				t.Fatalf("%d characters, %v: %s", len(text), err, text)
			}
			if strings.Count(text, `"Action"`) != len(p.Statement) {
				t.Fatalf("actions: %s", text)
			}
			for _, s := range p.Statement {
				switch s.Action {
				case "kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:GetParameter":
				default:
					t.Fatalf("it allows %s: %s", s.Action, text)
				}
				list, _ := s.Resource.([]any)
				if one, ok := s.Resource.(string); ok {
					list = []any{one}
				}
				for _, one := range list {
					resource := strings.TrimSuffix(one.(string), ":key/*")
					resource = strings.TrimSuffix(resource, "-??????")
					if s.Effect != "Allow" || strings.ContainsAny(resource, `*?$"`) || !strings.HasPrefix(resource, "arn:aws") {
						t.Fatalf("resource %q: %s", resource, text)
					}
				}
			}
		}
	})
}

// A file may have keys in several partitions. A session can use those of its own, which are what its policy names;
// without any there is nothing to ask for.
func TestSessionPolicyLeavesOutOtherPartitions(t *testing.T) {
	const ours, other = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001", "arn:aws-us-gov:kms:us-gov-west-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000002"
	a := newAWSTest(t)
	a.need.KMSKeys = []string{other, ours}
	if got, want := a.make(t).Identity().Policy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":["`+ours+`"]}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a.need.KMSKeys = []string{other}
	if _, err := New(a.world, a.source, a.settings, "", a.need); problemOf(err) != call.BadKey {
		t.Errorf("only keys of another partition: %v", err)
	}
	a.need.KMSKeys = []string{ours, strings.Replace(other, "key/0a1b", "key/*", 1)}
	if _, err := New(a.world, a.source, a.settings, "", a.need); problemOf(err) != call.BadKey {
		t.Errorf("a key that is none, in another partition: %v", err)
	}
}
