//go:build interop

package interop

import (
	"path/filepath"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

const (
	googleProvider = "projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github"
	googleKey      = "projects/octo/locations/global/keyRings/sops/cryptoKeys/ci"
)

// google is Google Cloud under its own names: behind a proxy on loopback, with
// certificates of an authority that only the job trusts. sops finds Cloud KMS at
// its URL.
type google struct {
	kms *cloudtest.GCPKMS
	env []string // of a job that is to find all of it
}

func newGoogle(w *ciWorld) *google {
	w.Helper()
	cloud := cloudtest.NewGoogle(w.T, googleKey)
	provider := cloudtest.GoogleProvider{Name: googleProvider, Issuer: w.issuer, Condition: map[string]string{"sub": ciSubject}}
	cloud.AddProvider(provider)
	cloud.Allow(provider.Principal(ciSubject), cloudtest.GoogleDecrypt, googleKey)
	w.google = cloud
	proxy := cloudtest.NewProxy(w.T)
	cloud.Behind(proxy)
	authority := filepath.Join(w.home, "authority.pem")
	writeFile(w.T, authority, string(proxy.Authority))
	return &google{kms: cloud.KMS, env: []string{"HTTPS_PROXY=" + proxy.URL, "SSL_CERT_FILE=" + authority}}
}
