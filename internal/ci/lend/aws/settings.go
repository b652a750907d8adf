package aws

import "time"

// Settings say which role is assumed and how.
type Settings struct {
	RoleARN     string
	Region      string        // of STS, and of references that name none
	SessionName string        // empty: made of the run and the repository
	Duration    time.Duration // of the session; 0 means 15 minutes
	// SessionPolicy is "auto" or empty (derived from what is asked for), "none", or a policy as JSON.
	SessionPolicy string
	// AllowedAccountIDs are the accounts of which a role may be; empty means any.
	AllowedAccountIDs []string
	// Chain are roles to assume in turn after RoleARN.
	Chain []ChainedRole
	// RetryAccessDenied tries again where the role or its trust policy may have been made only just now.
	RetryAccessDenied bool
	// Ambient uses the credentials that the SDK finds in the environment in place of an ID token.
	Ambient bool
}

// ChainedRole is a role that is assumed with the credentials of another one.
type ChainedRole struct {
	ARN        string
	ExternalID string
}
