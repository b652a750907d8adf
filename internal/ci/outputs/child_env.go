package outputs

import (
	"path"
	"slices"
	"strings"
)

// identityNames are the variables by which a job shows who it is or opens files, compared without regard to case; "*"
// stands for anything.
var identityNames = []string{
	// GitHub's two tokens are one and the same.
	"ACTIONS_ID_TOKEN_REQUEST_*", "ACTIONS_RUNTIME_TOKEN",
	"SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI", "BUILDKITE_AGENT_ACCESS_TOKEN", "CIRCLE_OIDC_TOKEN*", "BITBUCKET_STEP_OIDC_TOKEN",
	// GitLab's have names of the job's choice; these are the usual ones.
	"ID_TOKEN", "*_ID_TOKEN", "OIDC_TOKEN", "*_OIDC_TOKEN", "CI_JOB_JWT*",
	"VAULT_TOKEN", "VAULT_JWT", "BAO_TOKEN", "SOPS_AGE_KEY*", "SOPS_AGE_SSH_PRIVATE_KEY*",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN", "AZURE_FEDERATED_TOKEN_FILE",
	"GITSECRETS_CI_*",
}

// ChildEnv returns the environment for a program that is to have the values and not the identity: that of the job
// without the variables by which it gets tokens and keys, without those in drop, and with the values added, which win
// over what is there. Credentials that the job was given for its own work, such as AWS_ACCESS_KEY_ID or CI_JOB_TOKEN,
// stay.
func ChildEnv(env []string, add []Pair, drop ...string) []string {
	gone := map[string]bool{}
	for _, name := range drop {
		gone[nameKey(name)] = true
	}
	for _, p := range add {
		gone[nameKey(p.Name)] = true
	}
	child := make([]string, 0, len(env)+len(add))
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		if entry != "" && entry[0] == '=' { // Windows keeps the folders of drives so
			child = append(child, entry)
			continue
		}
		if !gone[nameKey(name)] && !isIdentity(name) {
			child = append(child, entry)
		}
	}
	for _, p := range add {
		child = append(child, p.Name+"="+p.Value)
	}
	return child
}

// isIdentity reports whether a variable is one of the job's identity.
func isIdentity(name string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc(identityNames, func(pattern string) bool {
		// A name with a slash is matched by no "*", which is for [path.Match] alone.
		ok, err := path.Match(pattern, strings.ReplaceAll(name, "/", "_"))
		return ok || err != nil
	})
}
