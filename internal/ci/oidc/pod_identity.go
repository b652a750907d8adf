package oidc

import (
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// PodIdentities says which identities the pod or machine has that the job runs in, by variables alone, and how each
// would be used: it is not the job's. own is where the job's identity comes from; the pod's token may be that.
func PodIdentities(getenv func(name string) string, own job.Provider) []string {
	var out []string
	use := "it is used only with --use-ambient, or --oidc-provider kubernetes for the token alone"
	if own == job.Kubernetes {
		use = "its token is the one that is used here"
	}
	get := func(name string) string { return strings.TrimSpace(getenv(name)) }
	if get("AWS_WEB_IDENTITY_TOKEN_FILE") != "" {
		role := "no role is set"
		if arn := get("AWS_ROLE_ARN"); arn != "" {
			role = "AWS_ROLE_ARN, which may be its own role, is " + text.Quote(arn)
		}
		out = append(out, "the pod that this job runs in has an AWS identity: AWS_WEB_IDENTITY_TOKEN_FILE is set, and "+role+"; "+use)
	}
	for _, name := range []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		if get(name) != "" {
			out = append(out, "the pod or task that this job runs in has AWS credentials of its own ("+name+"); they are used only with --use-ambient")
		}
	}
	if get("AZURE_FEDERATED_TOKEN_FILE") != "" && own != job.Kubernetes {
		out = append(out, "the pod that this job runs in has an Azure identity (AZURE_FEDERATED_TOKEN_FILE); its token is used only with --oidc-provider kubernetes")
	}
	return out
}
