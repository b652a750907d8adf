package cloudtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Job is a job of a CI, or a workload of a platform, that has a server to get its
// identity from.
type Job struct {
	Provider string // as --oidc-provider takes it
	Env      []string
	Audience string // that tokens can be had for
	Fixed    bool   // no other audience can be asked for
	Named    bool   // it is not found without its name
	Issuer   *Issuer
}

// Jobs starts a server for each kind of job. Those that can have tokens for the audience have.
func Jobs(t testing.TB, audience string) []Job {
	issuer := func(name string) *Issuer { return NewIssuer(t, name) }
	gitHub, gitLab, circle := issuer(GitHubIssuer), issuer(GitLabIssuer), issuer("https://oidc.circleci.com/org/x")
	buildkite, pipelines, google := issuer(BuildkiteIssuer), issuer(AzurePipelinesIssuer), issuer(GoogleIssuer)
	bitbucket := issuer("https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc")
	cluster := issuer("https://oidc.eks.eu-central-1.amazonaws.com/id/X")
	pod := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(pod, []byte(cluster.KubernetesToken([]string{audience}, nil)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []Job{
		{Provider: "github", Env: NewGitHub(t, gitHub).Env(GitHubJob{}), Audience: audience, Issuer: gitHub},
		{Provider: "gitlab", Env: GitLabEnv("GITLAB_OIDC_TOKEN", gitLab.GitLabToken(audience, nil)), Audience: audience, Fixed: true, Issuer: gitLab},
		{Provider: "buildkite", Env: NewBuildkite(t, buildkite).Env(), Audience: audience, Issuer: buildkite},
		{Provider: "circleci", Env: CircleCIEnv(circle.CircleCIToken(audience, nil)), Audience: audience, Fixed: true, Issuer: circle},
		{Provider: "bitbucket", Env: BitbucketEnv(bitbucket.BitbucketToken([]string{"x", audience}, nil)), Audience: audience, Fixed: true, Issuer: bitbucket},
		{Provider: "azure-pipelines", Env: NewAzurePipelines(t, pipelines).Env(), Audience: AzureExchange, Fixed: true, Issuer: pipelines},
		{Provider: "gce", Env: NewGCEMetadata(t, google).Env(), Audience: audience, Named: true, Issuer: google},
		{Provider: "kubernetes", Env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=" + pod}, Audience: audience, Fixed: true, Issuer: cluster},
	}
}

// Getenv looks a variable of the job up.
func (j Job) Getenv(name string) string {
	for _, pair := range j.Env {
		if n, value, _ := strings.Cut(pair, "="); n == name {
			return value
		}
	}
	return ""
}
