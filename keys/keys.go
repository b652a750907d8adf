// Package keys is who can open files: the list of all key services that need nothing but
// this process.
//
// Call [Default], and hand what it returns to package encrypt. A program that needs one
// type of key alone imports the package of that type, and links no other's library. A key
// service in another process is package remote's.
package keys

import (
	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/keys/age"
	"github.com/gitsecrets/gitsecrets/keys/awskms"
	"github.com/gitsecrets/gitsecrets/keys/azurekv"
	"github.com/gitsecrets/gitsecrets/keys/gcpkms"
	"github.com/gitsecrets/gitsecrets/keys/hckms"
	"github.com/gitsecrets/gitsecrets/keys/pgp"
	"github.com/gitsecrets/gitsecrets/keys/vault"
)

// Options: with the zero value no variable is set and no age identity is known. The
// credential chains of AWS, Google and Azure read the process's environment all the same.
type Options struct {
	// Getenv looks up variables, as [os.Getenv] does. Nil means that none is set.
	Getenv func(string) string
	// Identities are the age identities that open files; nil means none.
	Identities age.Identities
	// UI serves plugins of age that have a question while they wrap; nil lets such
	// plugins fail.
	UI *plugin.ClientUI
	// Hostname goes into the name of AWS's role sessions, as sops@HOSTNAME.
	Hostname string
}

// Default returns a service for each type of key, in the order in which sops tries them.
// Nothing is contacted, read or started before a key needs it. The same services can
// serve any number of files, at once, and should: each identity is read once, and each
// account has one client.
func Default(opts Options) []encrypt.KeyService {
	getenv := opts.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	return []encrypt.KeyService{
		age.New(age.Options{Identities: opts.Identities, UI: opts.UI}),
		awskms.New(awskms.Options{Hostname: opts.Hostname}),
		pgp.New(pgp.Options{Getenv: getenv}),
		gcpkms.New(gcpkms.Options{
			Credentials:    getenv("GOOGLE_CREDENTIALS"),
			AccessToken:    getenv("GOOGLE_OAUTH_ACCESS_TOKEN"),
			Endpoint:       getenv("SOPS_GCP_KMS_ENDPOINT"),
			UniverseDomain: getenv("SOPS_GCP_KMS_UNIVERSE_DOMAIN"),
		}),
		azurekv.New(azurekv.Options{}),
		vault.New(vault.Options{Getenv: getenv}),
		hckms.New(hckms.Options{Getenv: getenv}),
	}
}
