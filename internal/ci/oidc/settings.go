package oidc

import (
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

// Settings say where the ID token comes from.
type Settings struct {
	Provider  job.Provider // empty: found by the job's variables
	Audience  string       // empty: what each relying party expects by default
	TokenEnv  string       // a variable that holds the token
	TokenFile string       // a file that holds it, read for each attempt
	// ServiceConnection is the id of the service connection, in Azure Pipelines.
	ServiceConnection string
}
