package oidc

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// fileToken reads the token from a file that a setting names, each time anew: the file is replaced before it expires.
type fileToken struct {
	w        *World
	provider job.Provider
	path     string
}

func NewFileToken(w *World, s Settings) (Source, error) {
	if s.TokenFile == "" {
		return nil, &call.Error{Failure: call.BadSetting, Text: "no file is named for the ID token", Hint: "name it with --token-file FILE"}
	}
	return &fileToken{w, job.FileToken, s.TokenFile}, nil
}

// Provider implements Source.
func (f *fileToken) Provider() job.Provider { return f.provider }

// Token implements Source.
func (f *fileToken) Token(_ context.Context, audience string) (*Token, error) {
	raw, err := readTokenFile(f.provider, f.path)
	if err != nil {
		return nil, err
	}
	return f.w.readToken(f.provider, raw, audience)
}

// readTokenFile reads a file that holds a token. Links are followed, for Kubernetes replaces what it projects by
// turning a link to it.
func readTokenFile(p job.Provider, path string) (string, error) {
	b, err := bounded.ReadFile(path, MaxToken)
	e := &call.Error{Failure: call.BadSetting, Service: p.Name(), Hint: "name a file that holds the token and nothing else"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Failure, e.Text, e.Hint = call.NoIdentity, "there is no file "+text.Quote(path), ""
	case errors.Is(err, fs.ErrPermission):
		e.Text = "the file " + text.Quote(path) + " cannot be read: permission denied"
	case errors.Is(err, bounded.ErrIrregular):
		e.Text = text.Quote(path) + " is not a regular file"
	case errors.Is(err, bounded.ErrTooLong):
		e.Text = "the file " + text.Quote(path) + " is too long to hold an ID token"
	case err != nil:
		e.Text = "the file " + text.Quote(path) + " cannot be read"
	case len(bytes.TrimSpace(b)) == 0:
		e.Failure, e.Text, e.Hint = call.NoIdentity, "the file "+text.Quote(path)+" is empty", ""
	default:
		return string(b), nil
	}
	return "", e
}
