package gcpkms

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
)

// maxCredentials bounds a credentials file, which has some kB.
const maxCredentials = 1 << 20

// tokens finds the source of access tokens, in the order in which sops looks,
// and the project to charge.
func (o Options) tokens(ctx context.Context, client *http.Client) (oauth2.TokenSource, string, error) {
	switch {
	case o.Token != nil:
		return tokenFunc(func() (string, error) { return o.Token(context.WithoutCancel(ctx)) }), "", nil
	case o.TokenSource != nil:
		return oauth2.ReuseTokenSource(nil, o.TokenSource), "", nil
	case o.Credentials == "" && o.AccessToken != "":
		return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: o.AccessToken}), "", nil
	}
	// The source outlives this call, and fetches tokens without following
	// redirects.
	ctx = context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, client)
	params := google.CredentialsParams{Scopes: []string{
		"https://www.googleapis.com/auth/cloud-platform",
		"https://www.googleapis.com/auth/cloudkms",
	}}
	var creds *google.Credentials
	var err error
	if o.Credentials == "" {
		creds, err = google.FindDefaultCredentialsWithParams(ctx, params)
		if err != nil {
			return nil, "", &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "no usable Google credentials", Err: err}
		}
	} else {
		data, err := credentialsFile(o.Credentials)
		if err != nil {
			return nil, "", err
		}
		// The person's own environment names these credentials.
		creds, err = google.CredentialsFromJSONWithParams(ctx, data, params) //nolint:staticcheck // every type is meant, as in sops
		if err != nil {
			return nil, "", &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "GOOGLE_CREDENTIALS does not contain credentials of a known kind", Err: err}
		}
	}
	universe := o.UniverseDomain
	if universe == "" {
		universe = googleUniverse
	}
	if len(creds.JSON) == 0 { // of the machine, whose metadata need not be asked for more
		return creds.TokenSource, "", nil
	}
	if domain, err := creds.GetUniverseDomain(); err != nil || domain != universe {
		return nil, "", &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "the credentials are for another universe domain"}
	}
	var quota struct {
		Project string `json:"quota_project_id"`
	}
	if json.Unmarshal(creds.JSON, &quota) != nil {
		quota.Project = ""
	}
	return creds.TokenSource, quota.Project, nil
}

// tokenFunc is an oauth2.TokenSource that remembers nothing.
type tokenFunc func() (string, error)

func (f tokenFunc) Token() (*oauth2.Token, error) {
	token, err := f()
	return &oauth2.Token{AccessToken: token}, err
}

// credentialsFile returns the file that value names, or value itself where
// there is no such file.
func credentialsFile(value string) ([]byte, error) {
	data, err := bounded.ReadFile(value, maxCredentials)
	var path *fs.PathError
	switch {
	case errors.As(err, &path) && path.Op == "stat":
		return []byte(value), nil
	case errors.Is(err, bounded.ErrIrregular), errors.Is(err, bounded.ErrTooLong):
		return nil, &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "GOOGLE_CREDENTIALS does not name a file of credentials"}
	case err != nil:
		return nil, &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "the file that GOOGLE_CREDENTIALS names cannot be read", Err: err}
	}
	return data, nil
}
