package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os/exec"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// buildkiteEndpoint is the default of agents of version 3; each tells its jobs which one it uses.
const buildkiteEndpoint = "https://agent.buildkite.com/v3"

// buildkite asks the agent's program, which knows its endpoint, or the agent's API itself
// (https://buildkite.com/docs/agent/v3/cli-oidc).
type buildkite struct {
	w        *World
	endpoint *url.URL // of tokens; nil if the job has no access token of the agent
	access   string
}

func newBuildkite(w *World, _ Settings) (Source, error) {
	b := &buildkite{w: w}
	job := strings.TrimSpace(w.Getenv("BUILDKITE_JOB_ID"))
	access, err := w.fromVariable("BUILDKITE_AGENT_ACCESS_TOKEN")
	if err != nil {
		return nil, err
	}
	if access == "" || job == "" {
		if w.Run == nil {
			return nil, b.nothing()
		}
		return b, nil
	}
	raw := strings.TrimSpace(w.Getenv("BUILDKITE_AGENT_ENDPOINT"))
	if raw == "" {
		raw = buildkiteEndpoint
	}
	u, err := call.CheckURL("BUILDKITE_AGENT_ENDPOINT", raw)
	if err != nil {
		return nil, err
	}
	b.endpoint, b.access = u.JoinPath("jobs", url.PathEscape(job), "oidc", "tokens"), access
	return b, nil
}

func (b *buildkite) nothing() error {
	return &call.Error{Failure: call.NoIdentity, Service: job.Buildkite.Name(), Text: "the program buildkite-agent is missing, and BUILDKITE_AGENT_ACCESS_TOKEN or BUILDKITE_JOB_ID is not set",
		Hint: "in a container, mount the agent's program or pass these variables on, as the docker plugin does with mount-buildkite-agent: true"}
}

// Provider implements Source.
func (b *buildkite) Provider() job.Provider { return job.Buildkite }

// Token implements Source. No audience means Buildkite's default, the URL of the organization.
func (b *buildkite) Token(ctx context.Context, audience string) (*Token, error) {
	if b.w.Run != nil {
		args := []string{"oidc", "request-token"}
		if audience != "" {
			args = append(args, "--audience", audience)
		}
		raw, err := b.w.runForToken(ctx, job.Buildkite, "buildkite-agent", args...)
		var e *call.Error
		switch {
		case err == nil:
			return b.w.readToken(job.Buildkite, raw, audience)
		case !errors.As(err, &e):
			return nil, err
		case e.Failure == call.NoIdentity, b.endpoint != nil && strings.Contains(strings.ToLower(e.Text), "redact"):
			// No such program; or one that insists on hiding the token from the log, and cannot: it does not get there.
		default:
			return nil, err
		}
	}
	if b.endpoint == nil {
		return nil, b.nothing()
	}
	body, err := json.Marshal(struct {
		Audience string `json:"audience,omitempty"`
	}{audience})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: "BUILDKITE_AGENT_ENDPOINT is not a URL"}
	}
	r.Header.Set("Authorization", "Token "+b.access)
	r.Header.Set("Content-Type", "application/json")
	return b.w.requestToken(job.Buildkite, r, "token", audience)
}

// runForToken runs a program of the CI that prints a token. A missing program is call.NoIdentity.
func (w *World) runForToken(ctx context.Context, p job.Provider, name string, args ...string) (string, error) {
	stdout, stderr, err := w.Run(ctx, nil, name, args...)
	switch {
	case err == nil:
		return string(stdout), nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", &call.Error{Failure: call.NoIdentity, Service: p.Name(), Text: "there is no program " + name}
	case ctx.Err() != nil:
		return "", call.ContextError(ctx)
	}
	said := "the program " + name + " gave no ID token"
	if words := text.Outside(text.WithholdCredential(string(stderr), w.Getenv("BUILDKITE_AGENT_ACCESS_TOKEN"))); words != "" {
		said += ": " + words
	}
	return "", &call.Error{Failure: call.Refused, Service: p.Name(), Text: said}
}
