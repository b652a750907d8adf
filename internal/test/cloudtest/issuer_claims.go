package cloudtest

import (
	"strings"
	"time"
)

// The names of issuers whose CI puts its tokens into the job's variables or
// files.
const (
	GitLabIssuer    = "https://gitlab.com"
	CircleCIIssuer  = "https://oidc.circleci.com/org/" + circleOrganization
	BitbucketIssuer = "https://api.bitbucket.org/2.0/workspaces/octo-org/pipelines-config/identity/oidc"
	// KubernetesIssuer is that of a cluster of EKS.
	KubernetesIssuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
)

const (
	circleOrganization = "e8a1f4c2-0000-4000-8000-000000000007"
	circleProject      = "b2d3e4f5-0000-4000-8000-000000000008"
	bitbucketWorkspace = "5c1d2e3f-0000-4000-8000-000000000009"
	jobCommit          = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1"
)

// GitLabToken issues a token as a job's id_tokens get them. audience is a string,
// or a list as []string; more claims go over what a pipeline of main has
// (https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload).
func (i *Issuer) GitLabToken(audience any, more map[string]any) string {
	now := time.Now()
	const path = "octo-org/octo-repo"
	return i.Issue(with(map[string]any{
		"aud": audience, "sub": "project_path:" + path + ":ref_type:branch:ref:main", "nbf": now.Add(-5 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix(),
		"project_id": "20", "project_path": path, "namespace_id": "72", "namespace_path": "octo-org", "user_id": "1", "user_login": "octocat", "user_email": "octocat@example.com",
		"user_access_level": "developer", "pipeline_id": "574", "pipeline_source": "push", "job_id": "302", "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main",
		"ref_protected": "true", "runner_id": 1, "runner_environment": "gitlab-hosted", "sha": jobCommit, "project_visibility": "private",
		"job_project_id": "20", "job_project_path": path, "job_namespace_id": "72", "job_namespace_path": "octo-org",
		"ci_config_ref_uri": "gitlab.com/" + path + "//.gitlab-ci.yml@refs/heads/main", "ci_config_sha": jobCommit,
	}, more))
}

// GitLabEnv returns the variables of such a job, with a token in the variable
// that its YAML names.
func GitLabEnv(variable, token string) []string {
	return []string{
		"GITLAB_CI=true", "CI=true", "CI_SERVER_URL=https://gitlab.com", "CI_PROJECT_PATH=octo-org/octo-repo", "CI_PROJECT_ID=20", "CI_PIPELINE_ID=574", "CI_JOB_ID=302",
		"CI_PIPELINE_SOURCE=push", "CI_COMMIT_BRANCH=main", "CI_COMMIT_REF_NAME=main", "CI_COMMIT_SHA=" + jobCommit, "GITLAB_USER_LOGIN=octocat", variable + "=" + token,
	}
}

// CircleCIToken issues a token as CIRCLE_OIDC_TOKEN_V2 has it. Its audience is the
// organization's id unless it is given
// (https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/).
func (i *Issuer) CircleCIToken(audience string, more map[string]any) string {
	if audience == "" {
		audience = circleOrganization
	}
	now := time.Now()
	return i.Issue(with(map[string]any{
		"aud": audience, "exp": now.Add(time.Hour).Unix(), "nbf": nil, "jti": nil,
		"sub":                          "org/" + circleOrganization + "/project/" + circleProject + "/user/c0ffee00-0000-4000-8000-00000000000a/vcs-origin/github.com/octo-org/octo-repo/vcs-ref/refs/heads/main",
		"oidc.circleci.com/project-id": circleProject, "oidc.circleci.com/context-ids": []string{"3f2c0000-0000-4000-8000-00000000000b"},
		"oidc.circleci.com/vcs-origin": "github.com/octo-org/octo-repo", "oidc.circleci.com/vcs-ref": "refs/heads/main", "oidc.circleci.com/org-id": circleOrganization,
		"oidc.circleci.com/ssh-rerun": false, "oidc.circleci.com/job-id": "7d1e0000-0000-4000-8000-00000000000c",
	}, more))
}

// CircleCIEnv returns the variables of such a job.
func CircleCIEnv(token string) []string {
	return []string{
		"CIRCLECI=true", "CI=true", "CIRCLE_PROJECT_USERNAME=octo-org", "CIRCLE_PROJECT_REPONAME=octo-repo", "CIRCLE_BUILD_NUM=42", "CIRCLE_JOB=deploy", "CIRCLE_BRANCH=main",
		"CIRCLE_SHA1=" + jobCommit, "CIRCLE_USERNAME=octocat", "CIRCLE_OIDC_TOKEN_V2=" + token,
	}
}

// BitbucketToken issues a token as a step gets it. Its audience is always a list;
// without any it is the workspace. The subject changes with each step
// (https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/).
func (i *Issuer) BitbucketToken(audiences []string, more map[string]any) string {
	if len(audiences) == 0 {
		audiences = []string{"ari:cloud:bitbucket::workspace/" + bitbucketWorkspace}
	}
	step := "{" + strings.ToLower(RandomName(8)) + "-0000-4000-8000-00000000000d}"
	repository := "{9f8e7d6c-0000-4000-8000-00000000000e}"
	now := time.Now()
	return i.Issue(with(map[string]any{
		"aud": audiences, "exp": now.Add(time.Hour).Unix(), "nbf": nil, "jti": nil, "sub": repository + ":" + step, "repositoryUuid": repository, "stepUuid": step,
		"pipelineUuid": "{1a2b3c4d-0000-4000-8000-00000000000f}", "workspaceUuid": "{" + bitbucketWorkspace + "}", "accountId": "{" + bitbucketWorkspace + "}",
		"branchName": "main", "pipelineRunUuid": "{5e6f7a8b-0000-4000-8000-000000000010}", "stepRunUuid": "{6f7a8b9c-0000-4000-8000-000000000011}",
	}, more))
}

// BitbucketEnv returns the variables of such a step.
func BitbucketEnv(token string) []string {
	return []string{
		"CI=true", "BITBUCKET_BUILD_NUMBER=42", "BITBUCKET_REPO_FULL_NAME=octo-org/octo-repo", "BITBUCKET_WORKSPACE=octo-org", "BITBUCKET_BRANCH=main",
		"BITBUCKET_COMMIT=" + jobCommit, "BITBUCKET_STEP_UUID={6f7a8b9c}", "BITBUCKET_STEP_OIDC_TOKEN=" + token,
	}
}

// KubernetesToken issues a token as the kubelet projects it for the service
// account runner in the namespace ci, for a day. Its audience is always a list
// (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens).
func (i *Issuer) KubernetesToken(audiences []string, more map[string]any) string {
	now := time.Now()
	return i.Issue(with(map[string]any{
		"aud": audiences, "sub": "system:serviceaccount:ci:runner", "nbf": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(),
		"kubernetes.io": map[string]any{
			"namespace":      "ci",
			"node":           map[string]any{"name": "node-1", "uid": "1f0e0000-0000-4000-8000-000000000012"},
			"pod":            map[string]any{"name": "runner-x7", "uid": "2e1d0000-0000-4000-8000-000000000013"},
			"serviceaccount": map[string]any{"name": "runner", "uid": "3d2c0000-0000-4000-8000-000000000014"},
		},
	}, more))
}
