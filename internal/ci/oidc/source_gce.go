package oidc

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

const (
	// productName is where Linux shows what the firmware calls the machine.
	productName = "/sys/class/dmi/id/product_name"
	// metadataHost is fixed by Google; it is a name of 169.254.169.254, which no router forwards.
	metadataHost = "metadata.google.internal"
)

// gce asks the metadata server of the machine
// (https://cloud.google.com/compute/docs/instances/verifying-instance-identity).
type gce struct {
	w    *World
	host string
}

// onGCE reports whether the machine is Google's.
func onGCE(w *World) bool {
	path := productName
	if w.testOnlyProductName != "" {
		path = w.testOnlyProductName
	}
	b, err := bounded.ReadFile(path, 4096)
	name := strings.TrimSpace(string(b))
	return err == nil && (name == "Google" || name == "Google Compute Engine")
}

// newGCE honours GCE_METADATA_HOST, as Google's own libraries do.
func newGCE(w *World, _ Settings) (Source, error) {
	host := metadataHost
	if h := strings.TrimSpace(w.Getenv("GCE_METADATA_HOST")); h != "" {
		u, err := url.Parse("http://" + h)
		if err != nil || u.Host != h || u.Hostname() == "" {
			return nil, &call.Error{Failure: call.BadSetting, Text: "GCE_METADATA_HOST is not a host name"}
		}
		host = h
	}
	return &gce{w, host}, nil
}

// Provider implements Source.
func (g *gce) Provider() job.Provider { return job.GCE }

// Token implements Source. The request carries no credential; http is all that the metadata server speaks.
func (g *gce) Token(ctx context.Context, audience string) (*Token, error) {
	if audience == "" {
		return nil, &call.Error{Failure: call.BadSetting, Service: job.GCE.Name(), Text: "a token requires an audience, which is missing", Hint: "name it with --audience"}
	}
	q := url.Values{"audience": {audience}, "format": {"full"}}
	u := url.URL{Scheme: "http", Host: g.host, Path: "/computeMetadata/v1/instance/service-accounts/default/identity", RawQuery: q.Encode()}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: "GCE_METADATA_HOST is not a host name"}
	}
	r.Header.Set("Metadata-Flavor", "Google")
	a, err := g.w.direct().Send(job.GCE.Name(), r)
	switch {
	case err != nil:
		return nil, err
	case a.Status == http.StatusNotFound:
		return nil, &call.Error{Failure: call.NoIdentity, Service: job.GCE.Name(), Text: "the machine has no service account", Hint: "attach one to it"}
	case !a.OK():
		return nil, call.StatusError(job.GCE.Name(), a, "", endpointWords(a.Body))
	case a.Header.Get("Metadata-Flavor") != "Google":
		return nil, &call.Error{Failure: call.NotTheService, Service: job.GCE.Name(), Text: "the answer does not come from the metadata server of Google"}
	}
	return g.w.readToken(job.GCE, string(a.Body), audience)
}

// direct returns a world without proxies: what a proxy would reach under the name of the metadata server is another
// machine's.
func (w *World) direct() *World {
	client := http.Client{}
	if w.HTTPClient != nil {
		client = *w.HTTPClient
	}
	d := *w
	d.HTTPClient = call.WithoutProxy(&client)
	return &d
}
