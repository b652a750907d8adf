// Package awstest has AWS for tests, on loopback: IAM, STS, KMS, Secrets Manager and SSM. Requests have to be signed;
// policies are evaluated.
package awstest

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// Caller is somebody who may sign AWS requests.
type Caller struct {
	AccessKey, SecretKey string
	// SessionToken comes with temporary credentials.
	SessionToken string
	// Expires ends temporary credentials; zero means never.
	Expires time.Time
	// ARN names the principal, as
	// arn:aws:sts::111122223333:assumed-role/deploy/session.
	ARN string
	// Role is the ARN of the role of a session, and Policy its session policy.
	Role, Policy string
}

// IAM knows the callers and the roles. It is safe for use by several goroutines.
type IAM struct {
	mu      sync.Mutex
	callers map[string]Caller
	roles   map[string]func(principal string) bool

	providers   []oidcProvider
	webRoles    map[string]TrustPolicy
	permissions map[string]string // of roles, as JSON
	externalIDs map[string]string // that roles demand
}

// NewIAM returns an IAM with one user, whose credentials are the ones returned.
func NewIAM() (*IAM, Caller) {
	i := &IAM{
		callers: make(map[string]Caller), roles: make(map[string]func(string) bool),
		webRoles: make(map[string]TrustPolicy), permissions: make(map[string]string), externalIDs: make(map[string]string),
	}
	user := Caller{AccessKey: "AKIA" + cloudtest.RandomName(16), SecretKey: randomSecret(30), ARN: "arn:aws:iam::111122223333:user/tester"}
	i.Add(user)
	return i, user
}

// Add makes a caller known, or replaces the one with the same access key.
func (i *IAM) Add(c Caller) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.callers[c.AccessKey] = c
}

// AddRole makes a role known. trusted says which principals may assume it; nil
// lets everybody known.
func (i *IAM) AddRole(arn string, trusted func(principal string) bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if trusted == nil {
		trusted = func(string) bool { return true }
	}
	i.roles[arn] = trusted
}

// Expire ends the credentials with an access key at once.
func (i *IAM) Expire(accessKey string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c := i.callers[accessKey]
	c.Expires = time.Unix(1, 0)
	i.callers[accessKey] = c
}

func (i *IAM) caller(accessKey string) (Caller, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c, ok := i.callers[accessKey]
	return c, ok
}

// trusts says whether a principal may assume a role.
func (i *IAM) trusts(role, principal string) bool {
	i.mu.Lock()
	trusted, ok := i.roles[role]
	i.mu.Unlock()
	return ok && trusted(principal)
}

// session hands out temporary credentials for a role.
func (i *IAM) session(role, name, policy string, lifetime time.Duration) Caller {
	// arn:aws:iam::ACCOUNT:role/PATH/NAME
	parts := strings.SplitN(role, ":", 6)
	short := role[strings.LastIndexByte(role, '/')+1:]
	c := Caller{
		AccessKey:    "ASIA" + cloudtest.RandomName(16),
		SecretKey:    randomSecret(30),
		SessionToken: randomSecret(96),
		Expires:      time.Now().Add(lifetime).Truncate(time.Second),
		ARN:          "arn:" + parts[1] + ":sts::" + account(role) + ":assumed-role/" + short + "/" + name,
		Role:         role,
		Policy:       policy,
	}
	i.Add(c)
	return c
}

func randomSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}
