// Package ci turns what a CI job can prove about itself into credentials that
// last minutes.
//
// [Detect] finds out which CI the job runs in and returns the [Source] of its
// identity; its tokens are exchanged by [NewAWS], [NewVault], [NewGCP] and
// [NewAzure] for credentials of those clouds, and [Fetch] gets a key that
// a [Ref] names with them. The other half serves the job's log and files: masks,
// the runner's command files, and the manifest of what has to be removed again.
//
// Nothing is contacted that the caller's settings do not name, or that the
// provider does not fix; redirects are never followed where a credential
// travels. No error of this package quotes a token, a key or a credential.
// The package knows nothing of files, rules and keys of SOPS.
package ci

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// World is what the job's process hands to this package, which reads nothing
// of the process itself. Getenv is required; the zero value of all else works.
type World struct {
	// Getenv looks up a variable of the job.
	Getenv func(name string) string
	// Run runs a program of the CI. Nil means that there is none.
	Run Program
	// Warn is told what a person should know although it is no failure. Nil
	// drops it. It may be called from several goroutines.
	Warn func(text string)
	// Caller asks the services, with the job's proxies and certificates.
	call.Caller

	// testOnlyProductName is a file in place of that of the machine's firmware.
	testOnlyProductName string
}

// Source gives ID tokens of one CI job.
type Source interface {
	// Provider says which CI it is.
	Provider() Provider
	// Token gets a fresh token for an audience and checks it as [ParseToken]
	// and [Token.Check] do. A source whose CI fixes the audience beforehand fails
	// if the token has another one. Errors are *call.Error.
	Token(ctx context.Context, audience string) (*Token, error)
}

// Tell tells the one who reads [World.Warn].
func (w *World) Tell(text string) {
	if w.Warn != nil {
		w.Warn(text)
	}
}
