package gcp

import (
	"time"
)

// Settings name a workload identity provider.
type Settings struct {
	// Provider is projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME.
	Provider string
	// ServiceAccount is impersonated; empty means that the federated token is used as it is.
	ServiceAccount string
	Lifetime       time.Duration // of the service account's token; 0 means 5 minutes
	Universe       string        // empty means googleapis.com
}
