// Package oidc gets the ID tokens by which a CI job proves what it is.
//
// Call [Detect] first: it finds out where the job gets its identity from, contacts nobody and runs nothing. The
// [Source] that it returns gives tokens for an audience; [World.Token] gets one with the retries of an exchange. A
// [Token] prints as [redacted], and its claims are not proven: the relying party checks the signature.
//
// Nothing is contacted that the job's variables or the caller's settings do not name, or that the provider does not
// fix; redirects are never followed. No error quotes a token.
package oidc

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

// World is what the job's process hands to this package, which reads nothing of the process itself. Getenv is required;
// the zero value of all else works.
type World struct {
	// Getenv looks up a variable of the job.
	Getenv func(name string) string
	// Run runs a program of the CI. Nil means that programs cannot be run.
	Run job.Program
	// Warn is told what a person should know although it is not a failure. Nil drops it. It may be called from several
	// goroutines.
	Warn func(text string)
	// Caller asks the services, with the job's proxies and certificates.
	call.Caller

	// testOnlyProductName is a file in place of that of the machine's firmware.
	testOnlyProductName string
}

// Source gives ID tokens of one CI job.
type Source interface {
	// Provider says which CI it is.
	Provider() job.Provider
	// Token gets a fresh token for an audience and checks it as [ParseToken] and [Token.Check] do. A source whose CI
	// fixes the audience beforehand fails if the token has another one. Errors are *call.Error.
	Token(ctx context.Context, audience string) (*Token, error)
}

// Tell calls [World.Warn], if it is set.
func (w *World) Tell(text string) {
	if w.Warn != nil {
		w.Warn(text)
	}
}
