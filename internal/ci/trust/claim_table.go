package trust

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Claim is one line of what a token says.
type Claim struct{ Name, Value string }

// claimOrder lists what is worth showing of the tokens of all CIs, besides who made them for whom and when.
func claimOrder() []string {
	const circle = "oidc.circleci.com/"
	return []string{
		"azp", "email",
		// GitHub
		"repository", "repository_id", "repository_owner", "repository_owner_id", "repository_visibility", "environment",
		"job_workflow_ref", "workflow_ref", "event_name", "base_ref", "head_ref",
		// GitLab
		"project_path", "project_id", "namespace_path", "job_project_path", "pipeline_source", "pipeline_id",
		"environment_protected", "deployment_tier", "ci_config_ref_uri",
		// these and others
		"ref", "ref_type", "ref_protected", "sha", "runner_environment", "actor", "user_login", "run_id", "run_attempt",
		// Buildkite
		"organization_slug", "pipeline_slug", "build_branch", "build_tag", "build_commit", "build_number", "step_key", "build_source",
		"job_id",
		// CircleCI
		circle + "org-id", circle + "project-id", circle + "vcs-origin", circle + "vcs-ref", circle + "context-ids",
		// Bitbucket
		"workspaceUuid", "repositoryUuid", "branchName", "deploymentEnvironmentUuid", "pipelineUuid", "stepUuid",
		// platforms
		"kubernetes.io", "google",
	}
}

// ClaimTable lists the claims that a person wants to see, in the order in which they want it, fit for a log.
func ClaimTable(t *oidc.Token) []Claim {
	c := t.Claims
	table := []Claim{{"iss", ClaimText(c.Issuer)}, {"sub", ClaimText(c.Subject)}, {"aud", ClaimText(strings.Join(c.Audience, ", "))}}
	stamp := func(name string, at time.Time, more string) {
		if !at.IsZero() {
			table = append(table, Claim{name, at.UTC().Format(time.RFC3339) + more})
		}
	}
	lasts := ""
	if !c.Issued.IsZero() && c.Expires.After(c.Issued) {
		lasts = " (" + c.Expires.Sub(c.Issued).String() + " after it was issued)"
	}
	stamp("iat", c.Issued, "")
	stamp("nbf", c.NotBefore, "")
	stamp("exp", c.Expires, lasts)
	order := claimOrder()
	for _, name := range order {
		if v, ok := c.All[name]; ok {
			table = append(table, Claim{name, ClaimText(claimValue(v))})
		}
	}
	return slices.DeleteFunc(table, func(c Claim) bool { return c.Value == "" })
}

// claimValue is a claim as text.
func claimValue(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil || v == nil {
		return ""
	}
	return string(b)
}

// ClaimText makes a claim fit for a log. A long path is not taken for a secret, see [text.OutsideName].
func ClaimText(s string) string {
	return text.OutsideName(s)
}
