package oidc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// system is a CI system, or a platform that gives its workloads identities.
type system struct {
	provider job.Provider
	sign     string              // what gives it away, for messages
	here     func(w *World) bool // by variables and files alone; nil means that it has to be named
	source   func(w *World, s Settings) (Source, error)
}

// systems lists what is looked for, in this order: the CIs, then the platforms, for the identity of the machine that a
// job stands on is not the job's.
func systems() []system {
	in := func(p job.Provider) func(*World) bool {
		return func(w *World) bool { return job.Which(w.Getenv) == p }
	}
	inPod := func(w *World) bool {
		return slices.ContainsFunc(projectedEnv(), func(name string) bool { return w.Getenv(name) != "" })
	}
	return []system{
		{job.GitHub, "GITHUB_ACTIONS", in(job.GitHub), newGitHub},
		{job.GitLab, "GITLAB_CI", in(job.GitLab), newGitLab},
		{job.Buildkite, "BUILDKITE", in(job.Buildkite), newBuildkite},
		{job.CircleCI, "CIRCLECI", in(job.CircleCI), newCircleCI},
		{job.Bitbucket, "BITBUCKET_BUILD_NUMBER", in(job.Bitbucket), newBitbucket},
		{job.AzurePipelines, "TF_BUILD", in(job.AzurePipelines), newAzurePipelines},
		{job.EnvToken, ownTokenEnv, nil, newEnvToken}, // see named
		{job.Kubernetes, strings.Join(projectedEnv(), " or "), inPod, newKubernetes},
		{job.GCE, "the name of the machine in " + productName, onGCE, newGCE},
		{job.FileToken, "", nil, NewFileToken},
	}
}

// Detect finds out where this job gets its identity from: what the settings name, or the CI that the job's variables
// show. It contacts nobody and runs nothing. If there is no identity, the *call.Error is [call.NoIdentity], and its
// hint is what to add to the job.
func Detect(w *World, s Settings) (Source, error) {
	if s.TokenEnv != "" && s.TokenFile != "" {
		return nil, &call.Error{Failure: call.BadSetting, Text: "the ID token is named both as a variable and as a file", Hint: "give --token-env or --token-file, not both"}
	}
	all := systems()
	p := s.Provider
	switch p {
	case "auto":
		p = ""
	case "gcp":
		p = job.GCE
	}
	if p == "" {
		p = named(w, s)
	}
	if p == "" {
		for _, sys := range all {
			if sys.here != nil && sys.here(w) {
				return sys.source(w, s)
			}
		}
		return nil, nothingFound(all)
	}
	i := slices.IndexFunc(all, func(sys system) bool { return sys.provider == p })
	if i < 0 {
		return nil, &call.Error{Failure: call.BadSetting, Text: "there is no OIDC provider " + text.Quote(string(p)), Hint: "it can be " + providerList(all)}
	}
	if err := fitting(p, s); err != nil {
		return nil, err
	}
	return all[i].source(w, s)
}

// named is the provider that a named variable or file implies; empty if neither is named.
func named(w *World, s Settings) job.Provider {
	switch {
	case s.TokenFile != "":
		return job.FileToken
	case s.TokenEnv == "" && strings.TrimSpace(w.Getenv(ownTokenEnv)) == "":
		return ""
	case job.Which(w.Getenv) == job.GitLab:
		return job.GitLab // which has more to say if it is not set
	}
	return job.EnvToken
}

// fitting refuses a variable or file for a provider that does not use one.
func fitting(p job.Provider, s Settings) error {
	switch {
	case s.TokenEnv != "" && p != job.GitLab && p != job.EnvToken:
		return &call.Error{Failure: call.BadSetting, Text: "the identity of " + p.Name() + " is not in a variable that could be named", Hint: "leave out --token-env, or name --oidc-provider env"}
	case s.TokenFile != "" && p != job.Kubernetes && p != job.FileToken:
		return &call.Error{Failure: call.BadSetting, Text: "the identity of " + p.Name() + " is not in a file", Hint: "leave out --token-file, or name --oidc-provider file"}
	}
	return nil
}

func nothingFound(all []system) error {
	var signs []string
	for _, sys := range all {
		if sys.sign != "" {
			signs = append(signs, sys.sign)
		}
	}
	return &call.Error{Failure: call.NoIdentity, Text: "no CI identity was found: looked for " + strings.Join(signs, ", "),
		Hint: "name where the ID token is: --token-env NAME or --token-file FILE; or its provider with --oidc-provider"}
}

func providerList(all []system) string {
	names := make([]string, len(all))
	for i, sys := range all {
		names[i] = string(sys.provider)
	}
	return "auto, " + strings.Join(names, ", ")
}

// Token gets an ID token of a source, with the retries that an exchange makes.
func (w *World) Token(ctx context.Context, src Source, audience string) (*Token, error) {
	var t *Token
	err := w.Retry(ctx, func(ctx context.Context) error {
		var err error
		t, err = src.Token(ctx, audience)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// readToken parses and checks what a source gave as a token.
func (w *World) readToken(p job.Provider, raw, audience string) (*Token, error) {
	t, err := ParseToken(raw)
	if err == nil {
		err = t.Check(audience, w.Now())
	}
	if e := (*call.Error)(nil); errors.As(err, &e) {
		e.Service = p.Name()
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}
