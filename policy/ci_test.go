package policy

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestCI(t *testing.T) {
	p, err := Parse(FileName, []byte(`
gitsecrets:
  ci:
    key: ref+awssecrets://ci/key
    aws: {role_arn: " arn:aws:iam::111122223333:role/ci ", region: eu-west-1, duration: 900, allowed_account_ids: [111122223333, "000011112222"], chain: [arn:aws:iam::444455556666:role/x]}
    vault: {revoke: no, kv_version: 2}
    gcp: {workload_identity_provider: //iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github}
    names: [A, B]
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.CI()
	if err != nil {
		t.Fatal(err)
	}
	want := &CI{Key: "ref+awssecrets://ci/key", Names: []string{"A", "B"}}
	want.AWS.RoleARN, want.AWS.Region, want.AWS.Duration = "arn:aws:iam::111122223333:role/ci", "eu-west-1", "900"
	want.AWS.AllowedAccountIDs, want.AWS.Chain = []string{"111122223333", "000011112222"}, []string{"arn:aws:iam::444455556666:role/x"}
	want.Vault.Revoke, want.Vault.KVVersion = new(bool), "2"
	want.GCP.Provider = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, src := range []string{"", "gitsecrets: {}", "gitsecrets: {ci: null}"} {
		p, err := Parse(FileName, []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if s, err := p.CI(); s != nil || err != nil || p.HasCI() {
			t.Errorf("%q: %+v, %v", src, s, err)
		}
	}
}

// Every problem comes with its line; a policy is sound without the section.
func TestCIRefuses(t *testing.T) {
	p, err := Parse(FileName, []byte(`gitsecrets:
  ci:
    key: ref+valut://secret/ci#/k
    aws:
      role_am: x
      role_arn: arn:aws:iam::123:role/ci
      region: foo
      allowed_account_ids: [1]
      chain: [arn:aws:iam::111122223333:user/x]
    gcp: {workload_identity_provider: projects/my-project/locations/global/workloadIdentityPools/pool/providers/github}
    vault: {revoke: maybe}
    azure: [x]
    names: X
    oidc: {role: x}
`))
	if err != nil || !p.HasCI() {
		t.Fatal(err)
	}
	_, err = p.CI()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	want := []string{
		`.sops.yaml:3:10: gitsecrets.ci.key: "ref+valut://secret/ci…" is invalid: there is no store "valut"`,
		`.sops.yaml:5:7: unknown name "role_am" in gitsecrets.ci.aws; did you mean role_arn?`,
		`.sops.yaml:6:17: gitsecrets.ci.aws.role_arn: "arn:aws:iam::123:role/ci" is invalid: its account must have 12 digits`,
		`.sops.yaml:7:15: gitsecrets.ci.aws.region: "foo" is invalid`,
		`.sops.yaml:8:29: gitsecrets.ci.aws.allowed_account_ids: "1" is invalid`,
		`.sops.yaml:9:15: gitsecrets.ci.aws.chain: "arn:aws:iam::111122223333:user/x" is invalid: it must have the form arn:aws:iam::ACCOUNT:role/NAME`,
		`.sops.yaml:10:39: gitsecrets.ci.gcp.workload_identity_provider: "projects/my-project/locations/global/workloadIdentityPools/p…" is invalid: it requires the number`,
		`.sops.yaml:11:21: gitsecrets.ci.vault.revoke must be true or false`,
		`.sops.yaml:12:12: gitsecrets.ci.azure must be a map`,
		`.sops.yaml:13:12: gitsecrets.ci.names must be a list`,
		`.sops.yaml:14:12: unknown name "role" in gitsecrets.ci.oidc; it has audience, provider, service_connection_id, token_env, token_file`,
	}
	for i, w := range want {
		if i >= len(e.Problems) || !strings.HasPrefix(e.Problems[i].String(), w) {
			t.Fatalf("problem %d: want %s in\n%s", i, w, e)
		}
	}
	if len(e.Problems) != len(want) {
		t.Errorf("got %s", e)
	}
}
