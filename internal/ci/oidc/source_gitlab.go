package oidc

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// gitLab takes tokens from the job's variables: GitLab has no endpoint for them, and the job's id_tokens name both the
// variable and the audience (https://docs.gitlab.com/ci/secrets/id_token_authentication/).
type gitLab struct {
	w    *World
	name string // that a setting names; empty means the usual ones
}

// gitLabNames lists variables that guides use, besides that which is made of the audience.
func gitLabNames() []string {
	return []string{ownTokenEnv, "GITLAB_OIDC_TOKEN", "VAULT_ID_TOKEN", "AWS_ID_TOKEN", "GCP_ID_TOKEN", "AZURE_ID_TOKEN", "ID_TOKEN"}
}

func newGitLab(w *World, s Settings) (Source, error) {
	g := &gitLab{w, s.TokenEnv}
	if g.name == "" {
		return g, nil
	}
	if err := checkVariableName(g.name); err != nil {
		return nil, err
	}
	if strings.TrimSpace(w.Getenv(g.name)) == "" {
		return nil, g.nothing(s.Audience)
	}
	return g, nil
}

// Provider implements Source.
func (g *gitLab) Provider() job.Provider { return job.GitLab }

// Token implements Source. Of several tokens it is that one which is meant for the audience.
func (g *gitLab) Token(_ context.Context, audience string) (*Token, error) {
	var (
		found   *Token
		where   []string // the variables that hold what fits, or else anything
		failure error
		values  = map[string]bool{}
		others  []string
	)
	for _, name := range g.names(audience) {
		raw := strings.TrimSpace(g.w.Getenv(name))
		if raw == "" || values[raw] {
			continue
		}
		values[raw] = true
		t, err := g.w.readToken(job.GitLab, raw, audience)
		if err != nil {
			others = append(others, name)
			if failure == nil {
				failure = err
			}
			continue
		}
		found, where = t, append(where, name)
	}
	switch {
	case len(where) > 1:
		return nil, &call.Error{Failure: call.BadSetting, Service: job.GitLab.Name(), Text: "several variables hold different ID tokens that could be used: " + strings.Join(where, ", "),
			Hint: "name one of them with --token-env"}
	case found != nil:
		return found, nil
	case len(others) == 0:
		return nil, g.nothing(audience)
	}
	var e *call.Error
	ok := errors.As(failure, &e)
	if ok && len(others) > 1 {
		e = &call.Error{Failure: e.Failure, Service: e.Service, Again: e.Again,
			Text: "none of the ID tokens in " + strings.Join(others, ", ") + " can be used; of " + others[0] + ": " + e.Text}
	}
	if ok {
		e.Hint = "declare a token for the audience in the job:" + g.snippet(audience)
		return nil, e
	}
	return nil, failure
}

// names lists the variables to look at.
func (g *gitLab) names(audience string) []string {
	if g.name != "" {
		return []string{g.name}
	}
	names := gitLabNames()
	if audience != "" {
		names = append([]string{audienceVariable(audience)}, names...)
	}
	return names
}

// audienceVariable is the name that Python's id and its users (PyPI, Sigstore) make of an audience
// (https://github.com/di/id): STS_AMAZONAWS_COM_ID_TOKEN.
func audienceVariable(audience string) string {
	var b strings.Builder
	for i, r := range strings.ToUpper(audience) {
		if r < utf8.RuneSelf && (r == '_' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String() + "_ID_TOKEN"
}

func (g *gitLab) nothing(audience string) error {
	text := "the job has no ID token: none of " + strings.Join(g.names(audience), ", ") + " is set"
	if g.name != "" {
		text = "the job has no ID token: " + g.name + " is not set"
	}
	return &call.Error{Failure: call.NoIdentity, Service: job.GitLab.Name(), Text: text, Hint: "declare one in the job:" + g.snippet(audience) + onPlatform(g.w)}
}

// snippet is what a job needs in .gitlab-ci.yml.
func (g *gitLab) snippet(audience string) string {
	name := g.name
	if name == "" {
		name = ownTokenEnv
	}
	if audience == "" {
		audience = "AUDIENCE" // as --audience or the relying party's default
	}
	return "\n\n    id_tokens:\n      " + name + ":\n        aud: " + text.Quote(audience) + "\n"
}

// onPlatform says that there is another identity, which is used only if it is named.
func onPlatform(w *World) string {
	for _, name := range projectedEnv() {
		if w.Getenv(name) != "" {
			return "\nthe identity of the runner's pod (" + name + ") is used only with --oidc-provider kubernetes"
		}
	}
	return ""
}
