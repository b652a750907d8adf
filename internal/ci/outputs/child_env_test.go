package outputs

import (
	"slices"
	"testing"
)

func TestChildEnv(t *testing.T) {
	env := []string{"PATH=/bin", "HOME=/home/x",
		"ACTIONS_ID_TOKEN_REQUEST_URL=u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=t", "ACTIONS_RUNTIME_TOKEN=t", "ACTIONS_CACHE_URL=u",
		"SYSTEM_ACCESSTOKEN=t", "SYSTEM_OIDCREQUESTURI=u", "BUILDKITE_AGENT_ACCESS_TOKEN=t", "CIRCLE_OIDC_TOKEN=t", "CIRCLE_OIDC_TOKEN_V2=t",
		"BITBUCKET_STEP_OIDC_TOKEN=t", "GITLAB_OIDC_TOKEN=t", "VAULT_ID_TOKEN=t", "SIGSTORE_ID_TOKEN=t", "CI_JOB_JWT_V2=t", "VAULT_TOKEN=t", "VAULT_JWT=t",
		"SOPS_AGE_KEY=k", "SOPS_AGE_KEY_FILE=f", "SOPS_AGE_KEY_CMD=c", "SOPS_AGE_SSH_PRIVATE_KEY_FILE=f", "AWS_WEB_IDENTITY_TOKEN_FILE=f", "AZURE_FEDERATED_TOKEN_FILE=f",
		"GITSECRETS_CI_ROLE_ARN=r", "MY_TOKEN=t", "KEPT_TOKEN=t", "AWS_ACCESS_KEY_ID=a", "CI_JOB_TOKEN=t", "DB=old", "VALUE=a=b", "EMPTY=", "NOEQUALS", "DB=older"}
	got := ChildEnv(env, []Pair{{"DB", "new\nline"}, {"VAULT_TOKEN", "of the file"}}, "MY_TOKEN")
	want := []string{"PATH=/bin", "HOME=/home/x", "ACTIONS_CACHE_URL=u", "KEPT_TOKEN=t", "AWS_ACCESS_KEY_ID=a", "CI_JOB_TOKEN=t", "VALUE=a=b", "EMPTY=", "NOEQUALS",
		"DB=new\nline", "VAULT_TOKEN=of the file"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if env[2] != "ACTIONS_ID_TOKEN_REQUEST_URL=u" {
		t.Error("the job's own environment was changed")
	}
}
