package oidc

import (
	"context"
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

const bitbucketToken = "BITBUCKET_STEP_OIDC_TOKEN"

// bitbucket takes the token of the step, whose audiences are fixed in its YAML
// (https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/).
type bitbucket struct{ w *World }

func newBitbucket(w *World, s Settings) (Source, error) {
	if strings.TrimSpace(w.Getenv(bitbucketToken)) == "" {
		return nil, &call.Error{Failure: call.NoIdentity, Service: job.Bitbucket.Name(), Text: "the step has no ID token: " + bitbucketToken + " is not set",
			Hint: "ask for one in the step:" + bitbucketSnippet(s.Audience)}
	}
	return &bitbucket{w}, nil
}

// Provider implements Source.
func (b *bitbucket) Provider() job.Provider { return job.Bitbucket }

// Token implements Source.
func (b *bitbucket) Token(_ context.Context, audience string) (*Token, error) {
	t, err := b.w.readToken(job.Bitbucket, b.w.Getenv(bitbucketToken), audience)
	if e := (*call.Error)(nil); errors.As(err, &e) && e.Again == call.ForGood {
		e.Hint = "the step names the audiences of its token; without a list it is the workspace:" + bitbucketSnippet(audience)
	}
	return t, err
}

func bitbucketSnippet(audience string) string {
	if audience == "" {
		return "\n\n    - step:\n        oidc: true\n"
	}
	return "\n\n    - step:\n        oidc:\n          audiences:\n            - " + text.Quote(audience) + "\n"
}
