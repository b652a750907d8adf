package oidc

import (
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

func TestPodIdentities(t *testing.T) {
	pod := map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/pod\n"}
	for name, tt := range map[string]struct {
		env  map[string]string
		own  job.Provider
		says []string
	}{
		"nothing":     {nil, job.GitHub, nil},
		"a role":      {pod, job.GitHub, []string{`"arn:aws:iam::111122223333:role/pod"; it is used only with --use-ambient`}},
		"no role":     {map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, "", []string{"no role is set"}},
		"its own":     {pod, job.Kubernetes, []string{"its token is the one that is used here"}},
		"credentials": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1"}, job.GitHub, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI"}},
		"Azure":       {map[string]string{"AZURE_FEDERATED_TOKEN_FILE": "/t"}, job.GitLab, []string{"Azure identity"}},
	} {
		got := PodIdentities(citest.Env(tt.env), tt.own)
		if len(got) != len(tt.says) {
			t.Errorf("%s: got %q", name, got)
			continue
		}
		for i, says := range tt.says {
			if !strings.Contains(got[i], says) {
				t.Errorf("%s: %q does not say %q", name, got[i], says)
			}
		}
	}
}
