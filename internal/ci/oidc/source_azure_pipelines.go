package oidc

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

const (
	azureEndpoint = "SYSTEM_OIDCREQUESTURI"
	azureAccess   = "SYSTEM_ACCESSTOKEN"
	// azureConnection is set by the tasks AzureCLI and AzurePowerShell.
	azureConnection = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"
)

// azurePipelines asks Azure DevOps for a token in the name of a service connection, or without one of the pipeline
// itself. Its audience is always api://AzureADTokenExchange
// (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create).
type azurePipelines struct {
	w        *World
	endpoint *url.URL
	access   string
}

func newAzurePipelines(w *World, s Settings) (Source, error) {
	const task = "\n\n    env:\n      SYSTEM_ACCESSTOKEN: $(System.AccessToken)\n"
	access, err := w.fromVariable(azureAccess)
	if err != nil {
		return nil, err
	}
	raw := strings.TrimSpace(w.Getenv(azureEndpoint))
	switch {
	case raw == "":
		return nil, &call.Error{Failure: call.NoIdentity, Service: job.AzurePipelines.Name(), Text: azureEndpoint + " is not set",
			Hint: "the agent sets it; pass it on into a container. The access token must be mapped in the task:" + task}
	case access == "":
		text := azureAccess + " is not set"
		if job.Describe(w.Getenv).Fork {
			text += "; builds of forks get one only if the pipeline's settings allow it"
		}
		return nil, &call.Error{Failure: call.NoIdentity, Service: job.AzurePipelines.Name(), Text: text, Hint: "map it in the task:" + task}
	}
	u, err := call.CheckURL(azureEndpoint, raw)
	if err != nil {
		return nil, err
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: azureEndpoint + " is not a URL: its query cannot be read"}
	}
	q.Set("api-version", "7.1")
	connection := strings.TrimSpace(s.ServiceConnection)
	if connection == "" {
		connection = strings.TrimSpace(w.Getenv(azureConnection))
	}
	if connection != "" {
		q.Set("serviceConnectionId", connection)
	}
	u.RawQuery = q.Encode()
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return &azurePipelines{w, u, access}, nil
}

// Provider implements Source.
func (a *azurePipelines) Provider() job.Provider { return job.AzurePipelines }

// Token implements Source.
func (a *azurePipelines) Token(ctx context.Context, audience string) (*Token, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.endpoint.String(), nil)
	if err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: azureEndpoint + " is not a URL"}
	}
	r.Header.Set("Authorization", "Bearer "+a.access)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TFS-FedAuthRedirect", "Suppress") // 401 in place of a redirect to a page
	return a.w.requestToken(job.AzurePipelines, r, "oidcToken", audience)
}
