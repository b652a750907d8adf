package trust

import (
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// issuedBy is the CI that made a token, by what the token says.
func issuedBy(c oidc.Claims) job.Provider {
	host, path := "", ""
	if u, err := url.Parse(c.Issuer); err == nil {
		host, path = u.Hostname(), u.Path
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := c.All[name]; !ok {
				return false
			}
		}
		return true
	}
	switch {
	case host == "token.actions.githubusercontent.com", strings.HasPrefix(host, "token.actions.") && strings.HasSuffix(host, ".ghe.com"),
		strings.HasSuffix(path, "/_services/token"), strings.HasSuffix(path, "/api/actions"):
		return job.GitHub
	case host == "agent.buildkite.com":
		return job.Buildkite
	case host == "oidc.circleci.com":
		return job.CircleCI
	case host == "api.bitbucket.org":
		return job.Bitbucket
	case host == "vstoken.dev.azure.com", strings.HasPrefix(c.Subject, "sc://"):
		return job.AzurePipelines
	case host == "accounts.google.com":
		return job.GCE
	case has("kubernetes.io"):
		return job.Kubernetes
	case has("project_path", "namespace_path"):
		return job.GitLab
	}
	return ""
}

// anyUUID matches one in a pattern of AWS, and nothing that is longer: a star would let whoever names a branch choose
// what stands around it.
const anyUUID = "????????-????-????-????-????????????"

var (
	uuid = `[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}`
	// bitbucketSubject ends in the step's UUID.
	bitbucketSubject = text.Lazily(`^(\{` + uuid + `\}(?::\{` + uuid + `\})?:)\{` + uuid + `\}$`)
	// circleSubject holds the user who started the job.
	circleSubject = text.Lazily(`^(org/` + uuid + `/project/` + uuid + `/user/)` + uuid + `(/.*)?$`)
	// buildkiteSubject ends in the commit and the step. No ref holds a colon.
	buildkiteSubject = text.Lazily(`^(organization:[^:]+:pipeline:[^:]+:ref:[^:]+:commit:)[^:]+:.*$`)
	// numberedSubject is GitHub's with the ids of owner and repository.
	numberedSubject = text.Lazily(`^repo:([^/:]+)@([0-9]+)/([^/:]+)@([0-9]+):`)
)

// changingSubject makes a pattern of AWS from a subject that is another one for each run; it is empty if the subject
// stays.
func changingSubject(p job.Provider, sub string) string {
	switch p {
	case job.Bitbucket:
		if m := bitbucketSubject().FindStringSubmatch(sub); m != nil {
			return m[1] + "{" + anyUUID + "}"
		}
	case job.CircleCI:
		if m := circleSubject().FindStringSubmatch(sub); m != nil {
			return policyLiteral(m[1], true) + anyUUID + policyLiteral(m[2], true)
		}
	case job.Buildkite:
		if m := buildkiteSubject().FindStringSubmatch(sub); m != nil {
			return policyLiteral(m[1], true) + "*"
		}
	}
	return ""
}

// steadyClaims lists claims that bind a token to where it comes from, and that are the same for each run, with the one
// that names the workload first.
func steadyClaims(c oidc.Claims, p job.Provider) []Claim {
	const circle = "oidc.circleci.com/"
	var names []string
	switch p {
	case job.GitHub:
		names = []string{"repository", "repository_id"}
	case job.GitLab:
		names = []string{"project_path", "project_id"}
		if c.All["ref_protected"] == "true" {
			names = append(names, "ref_protected")
		}
	case job.Buildkite:
		names = []string{"pipeline_slug", "organization_slug", "build_branch", "build_tag"}
	case job.CircleCI:
		names = []string{circle + "project-id", circle + "vcs-origin", circle + "vcs-ref"}
	case job.Bitbucket:
		names = []string{"repositoryUuid", "workspaceUuid", "deploymentEnvironmentUuid", "branchName"}
	}
	var list []Claim
	for _, name := range names {
		if v, ok := c.All[name].(string); ok && v != "" {
			list = append(list, Claim{name, v})
		}
	}
	return list
}
