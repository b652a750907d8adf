package oidc

import (
	"context"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ownTokenEnv is a variable of our own; it is looked at without being named.
const ownTokenEnv = "GITSECRETS_ID_TOKEN"

// envToken reads the token from a variable that a setting names.
type envToken struct {
	w    *World
	name string
}

func newEnvToken(w *World, s Settings) (Source, error) {
	name := s.TokenEnv
	switch {
	case name == "" && w.Getenv(ownTokenEnv) != "":
		name = ownTokenEnv
	case name == "":
		return nil, &call.Error{Failure: call.BadSetting, Text: "no variable is named for the ID token", Hint: "name it with --token-env NAME"}
	}
	if err := checkVariableName(name); err != nil {
		return nil, err
	}
	if strings.TrimSpace(w.Getenv(name)) == "" {
		return nil, &call.Error{Failure: call.NoIdentity, Text: "the variable " + name + ", which should hold the ID token, is not set"}
	}
	return &envToken{w, name}, nil
}

// Provider implements Source.
func (e *envToken) Provider() job.Provider { return job.EnvToken }

// Token implements Source.
func (e *envToken) Token(_ context.Context, audience string) (*Token, error) {
	return e.w.readToken(job.EnvToken, e.w.Getenv(e.name), audience)
}

// checkVariableName refuses what cannot name a variable; it may be a token that was given in place of the name, so that
// it is not quoted.
func checkVariableName(name string) error {
	if len(name) > 256 || !text.IsVariable(name) {
		return &call.Error{Failure: call.BadSetting, Text: "the name of the variable for the ID token is invalid", Hint: "--token-env takes the name of a variable, not its value"}
	}
	return nil
}
