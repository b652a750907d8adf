package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

// circleCI takes the token that each job has in its variables, whose audience is the organization's id, or lets the
// program of the job's machine make one for another audience
// (https://circleci.com/docs/oidc-tokens-with-custom-claims/).
type circleCI struct{ w *World }

func newCircleCI(w *World, _ Settings) (Source, error) {
	c := &circleCI{w}
	if _, ok := c.variable(); !ok && w.Run == nil {
		return nil, c.nothing()
	}
	return c, nil
}

// variable returns the token of the job's variables.
func (c *circleCI) variable() (string, bool) {
	for _, name := range []string{"CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"} {
		if raw := strings.TrimSpace(c.w.Getenv(name)); raw != "" {
			return raw, true
		}
	}
	return "", false
}

func (c *circleCI) nothing() error {
	e := &call.Error{Failure: call.NoIdentity, Service: job.CircleCI.Name(), Text: "the job has no ID token: neither CIRCLE_OIDC_TOKEN_V2 nor CIRCLE_OIDC_TOKEN is set",
		Hint: "the project's settings must allow OIDC tokens"}
	if job.Describe(c.w.Getenv).Fork {
		e.Text = "a build of a pull request from a fork has no ID token: neither CIRCLE_OIDC_TOKEN_V2 nor CIRCLE_OIDC_TOKEN is set"
		e.Hint = "CircleCI gives forks one only with the setting Pass secrets to builds from forked pull requests; skip the step for them, or use --if-no-identity=skip"
	}
	return e
}

// Provider implements Source.
func (c *circleCI) Provider() job.Provider { return job.CircleCI }

// Token implements Source.
func (c *circleCI) Token(ctx context.Context, audience string) (*Token, error) {
	raw, ok := c.variable()
	fixed := c.nothing()
	if ok {
		t, err := c.w.readToken(job.CircleCI, raw, audience)
		if err == nil {
			return t, nil
		}
		fixed = err
	}
	if c.w.Run == nil {
		return nil, fixed
	}
	claims := map[string]string{}
	if audience != "" {
		claims["aud"] = audience
	}
	b, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	made, err := c.w.runForToken(ctx, job.CircleCI, "circleci", "run", "oidc", "get", "--claims", string(b))
	var e *call.Error
	switch {
	case err == nil:
		return c.w.readToken(job.CircleCI, made, audience)
	case errors.As(err, &e) && (e.Failure == call.NoIdentity || !ok && e.Failure == call.Refused):
		return nil, fixed
	}
	return nil, err
}
