package oidc

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// world is one whose variables are env, whose clock stands at noon and whose waits take no time.
func world(env map[string]string) *World {
	return &World{
		Getenv:              citest.Env(env),
		testOnlyProductName: os.DevNull,
		Caller:              citest.Caller(),
	}
}

func gitHubJob(url string) map[string]string {
	return map[string]string{"GITHUB_ACTIONS": "true", gitHubURL: url, gitHubToken: "bearer-of-the-job"}
}

func TestDetect(t *testing.T) {
	k8s := map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}
	with := func(list ...map[string]string) map[string]string {
		all := map[string]string{}
		for _, m := range list {
			maps.Copy(all, m)
		}
		return all
	}
	gitHub := gitHubJob("https://pipelines.actions.githubusercontent.com/x?api-version=2.0")
	gitLab := map[string]string{"GITLAB_CI": "true"}
	for name, tt := range map[string]struct {
		env  map[string]string
		s    Settings
		want job.Provider
	}{
		"GitHub":                     {env: gitHub, want: job.GitHub},
		"GitHub on a pod of EKS":     {env: with(gitHub, k8s), want: job.GitHub},
		"GitHub in another CI":       {env: with(gitHub, gitLab, map[string]string{"BUILDKITE": "true"}), want: job.GitHub},
		"only the request variables": {env: with(gitHub, map[string]string{"GITHUB_ACTIONS": ""}), want: job.GitHub},
		"GitLab":                     {env: gitLab, want: job.GitLab},
		"GitLab on a pod":            {env: with(gitLab, k8s), want: job.GitLab},
		"GitLab, variable named":     {env: with(gitLab, map[string]string{"T": "x"}), s: Settings{TokenEnv: "T"}, want: job.GitLab},
		"GitLab, own variable":       {env: with(gitLab, map[string]string{ownTokenEnv: "x"}), want: job.GitLab},
		"Buildkite":                  {env: map[string]string{"BUILDKITE": "true", "BUILDKITE_AGENT_ACCESS_TOKEN": "t", "BUILDKITE_JOB_ID": "j"}, want: job.Buildkite},
		"CircleCI":                   {env: map[string]string{"CIRCLECI": "true", "CIRCLE_OIDC_TOKEN": "t"}, want: job.CircleCI},
		"Bitbucket":                  {env: map[string]string{"BITBUCKET_BUILD_NUMBER": "7", bitbucketToken: "t"}, want: job.Bitbucket},
		"Azure Pipelines":            {env: map[string]string{"TF_BUILD": "True", azureEndpoint: "https://dev.azure.com/x", azureAccess: "t"}, want: job.AzurePipelines},
		"Kubernetes":                 {env: k8s, want: job.Kubernetes},
		"own variable":               {env: with(gitHub, map[string]string{ownTokenEnv: "t"}), want: job.EnvToken},
		"variable named":             {env: with(gitHub, map[string]string{"T": "t"}), s: Settings{TokenEnv: "T"}, want: job.EnvToken},
		"file named":                 {env: gitHub, s: Settings{TokenFile: "/t"}, want: job.FileToken},
		"provider named":             {env: with(gitHub, k8s), s: Settings{Provider: job.Kubernetes}, want: job.Kubernetes},
		"provider and file":          {env: gitHub, s: Settings{Provider: job.Kubernetes, TokenFile: "/t"}, want: job.Kubernetes},
		"GCE named":                  {s: Settings{Provider: "gcp"}, want: job.GCE},
		"auto":                       {env: gitHub, s: Settings{Provider: "auto"}, want: job.GitHub},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := Detect(world(tt.env), tt.s)
			if err != nil {
				t.Fatal(err)
			}
			if got := src.Provider(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDetectRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		env   map[string]string
		s     Settings
		want  call.Failure
		texts []string
	}{
		"nothing":               {nil, Settings{}, call.NoIdentity, []string{"GITHUB_ACTIONS", "GITLAB_CI", "BITBUCKET_BUILD_NUMBER", "AWS_WEB_IDENTITY_TOKEN_FILE", "--token-env"}},
		"no such provider":      {nil, Settings{Provider: "jenkins"}, call.BadSetting, []string{"jenkins", "azure-pipelines"}},
		"variable and file":     {nil, Settings{TokenEnv: "A", TokenFile: "B"}, call.BadSetting, []string{"--token-env"}},
		"variable for GitHub":   {nil, Settings{Provider: job.GitHub, TokenEnv: "A"}, call.BadSetting, nil},
		"file for GitLab":       {nil, Settings{Provider: job.GitLab, TokenFile: "A"}, call.BadSetting, nil},
		"no variable":           {nil, Settings{Provider: job.EnvToken}, call.BadSetting, []string{"--token-env"}},
		"no file":               {nil, Settings{Provider: job.FileToken}, call.BadSetting, []string{"--token-file"}},
		"variable not set":      {nil, Settings{TokenEnv: "NOPE"}, call.NoIdentity, []string{"NOPE"}},
		"token for its name":    {nil, Settings{TokenEnv: "eyJhbGciOiJub25lIn0.eyJ4Ijp0cnVlfQ.c2ln"}, call.BadSetting, []string{"name of a variable"}},
		"Bitbucket":             {map[string]string{"BITBUCKET_BUILD_NUMBER": "1"}, Settings{}, call.NoIdentity, []string{"oidc: true"}},
		"Bitbucket, audience":   {map[string]string{"BITBUCKET_BUILD_NUMBER": "1"}, Settings{Audience: "a"}, call.NoIdentity, []string{"audiences:", `- "a"`}},
		"CircleCI":              {map[string]string{"CIRCLECI": "true"}, Settings{}, call.NoIdentity, []string{"CIRCLE_OIDC_TOKEN_V2"}},
		"CircleCI, fork":        {map[string]string{"CIRCLECI": "true", "CIRCLE_PR_USERNAME": "eve"}, Settings{}, call.NoIdentity, []string{"fork"}},
		"Buildkite":             {map[string]string{"BUILDKITE": "true"}, Settings{}, call.NoIdentity, []string{"buildkite-agent"}},
		"Azure, no endpoint":    {map[string]string{"TF_BUILD": "True", azureAccess: "t"}, Settings{}, call.NoIdentity, []string{azureEndpoint}},
		"Azure, no access":      {map[string]string{"TF_BUILD": "True", azureEndpoint: "https://x"}, Settings{}, call.NoIdentity, []string{azureAccess, "$(System.AccessToken)"}},
		"GitLab, named, absent": {map[string]string{"GITLAB_CI": "true"}, Settings{TokenEnv: "MY_TOKEN", Audience: "a"}, call.NoIdentity, []string{"MY_TOKEN is not set", "id_tokens:", "MY_TOKEN:", `aud: "a"`}},
		"metadata host":         {map[string]string{"GCE_METADATA_HOST": "a/b"}, Settings{Provider: job.GCE}, call.BadSetting, nil},
		"header":                {map[string]string{"GITHUB_ACTIONS": "true", gitHubURL: "https://x", gitHubToken: "a\nb"}, Settings{}, call.BadSetting, []string{gitHubToken}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Detect(world(tt.env), tt.s)
			citest.WantFailure(t, err, tt.want, tt.texts...)
		})
	}
}

// A token endpoint comes from the job's variables, and gets a credential.
func TestDetectChecksEndpoints(t *testing.T) {
	for _, url := range []string{"http://example.com/", "https://u:p@example.com/", "file:///etc/passwd", "https:///x", "https://", "example.com", ":", "https://a b/",
		"http://127.0.0.1.example.com/", "https://example.com/#x", "https://example.com/?%zz", "http://[fe80::1]/", "//example.com/", "https:example.com"} {
		for name, env := range map[string]map[string]string{
			"GitHub": gitHubJob(url),
			"Azure":  {"TF_BUILD": "True", azureEndpoint: url, azureAccess: "t"},
		} {
			_, err := Detect(world(env), Settings{})
			e := citest.WantFailure(t, err, call.BadSetting)
			if strings.Contains(e.Error(), "u:p") {
				t.Errorf("%s: error %q holds a password", name, e)
			}
		}
	}
	for _, url := range []string{"https://example.com/a?b=c", "http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost/"} {
		if _, err := Detect(world(gitHubJob(url)), Settings{}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestDetectGCE(t *testing.T) {
	for content, want := range map[string]bool{"Google\n": true, "Google Compute Engine\n": true, "Googles\n": false, "": false, "Standard PC\n": false} {
		name := filepath.Join(t.TempDir(), "product_name")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		w := world(nil)
		w.testOnlyProductName = name
		src, err := Detect(w, Settings{})
		if got := err == nil && src.Provider() == job.GCE; got != want {
			t.Errorf("%q: got %v, %v", content, got, err)
		}
	}
}
