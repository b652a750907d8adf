// Package job says what job of a CI this is, by its variables and the event that set it off. Call [Describe];
// [Run.Unreviewed] and [CheckCheckout] say whether it may open anything. Nothing here is proven: proof is in the claims
// of a token.
package job

import (
	"context"
	"strings"
)

// Provider names a CI system, or a platform that gives its workloads identities, as in --oidc-provider.
type Provider string

// The CI systems, and what else has tokens.
const (
	GitHub         Provider = "github" // and GHES, ghe.com, Forgejo
	GitLab         Provider = "gitlab"
	Buildkite      Provider = "buildkite"
	CircleCI       Provider = "circleci"
	Bitbucket      Provider = "bitbucket"
	AzurePipelines Provider = "azure-pipelines"
	Kubernetes     Provider = "kubernetes"
	GCE            Provider = "gce"
	EnvToken       Provider = "env"  // a variable that --token-env names
	FileToken      Provider = "file" // a file that --token-file names
)

// Name is what people call the system.
func (p Provider) Name() string {
	switch p {
	case GitHub:
		return "GitHub Actions"
	case GitLab:
		return "GitLab CI"
	case Buildkite:
		return "Buildkite"
	case CircleCI:
		return "CircleCI"
	case Bitbucket:
		return "Bitbucket Pipelines"
	case AzurePipelines:
		return "Azure Pipelines"
	case Kubernetes:
		return "Kubernetes"
	case GCE:
		return "Google Compute Engine"
	case EnvToken:
		return "the token's variable"
	case FileToken:
		return "the token's file"
	}
	return string(p)
}

// Which is the CI whose job this is, by its variables; empty if the job is of no known CI. GitHub comes first, for its
// runners may stand in any of the others: the machine on which a runner stands says nothing about the job.
func Which(getenv func(name string) string) Provider {
	is := func(name, value string) bool { return strings.EqualFold(getenv(name), value) }
	switch {
	case is("GITHUB_ACTIONS", "true"), getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "":
		return GitHub
	case is("GITLAB_CI", "true"):
		return GitLab
	case is("BUILDKITE", "true"):
		return Buildkite
	case is("CIRCLECI", "true"):
		return CircleCI
	case getenv("BITBUCKET_BUILD_NUMBER") != "":
		return Bitbucket
	case is("TF_BUILD", "true"):
		return AzurePipelines
	}
	return ""
}

// Program runs a program of the CI, such as buildkite-agent, with the job's own environment; stdin may be empty. An
// error that is exec.ErrNotFound means that the program does not exist.
type Program func(ctx context.Context, stdin []byte, name string, args ...string) (stdout, stderr []byte, err error)
