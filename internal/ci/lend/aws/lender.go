// Package aws turns a job's identity into credentials of a role of AWS, for some minutes and for what the job asks for.
// Call [New], which sends nothing; the result is a provider of credentials for SDK clients of any region, and reads
// secrets and parameters.
//
// The session policy allows nothing but the keys, secrets and parameters that are needed. Files of profiles are not
// read; redirects are never followed where a credential travels. No error quotes a token or a credential.
package aws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Lender turns the job's identity into credentials of a role, for some minutes and for what the job asks for. It is an
// aws.CredentialsProvider for clients in any region, and safe for use by several goroutines. It prints as what role it
// is for, never as credentials.
type Lender struct {
	w         oidc.World
	source    oidc.Source // nil if the job's own credentials are used
	settings  Settings
	audience  string
	roles     []policy.ARN // in the order in which they are assumed
	partition string
	env       *environment
	http      *http.Client
	ambient   aws.CredentialsProvider // nil if an ID token is used
	wide      string                  // the policy to fall back to; empty if there is none

	mu        sync.Mutex
	flight    *flight  // the call that is under way
	session   *session // the last that succeeded
	refused   error    // what STS will not change its mind about
	policy    string   // of the last role; empty means none
	collapsed bool
}

// Identity says who the job is for AWS.
type Identity struct {
	ARN         string // of the role session; empty if STS did not say
	Account     string
	SessionName string
	Expires     time.Time
	// Policy is the session policy that was sent; empty means none.
	Policy string
	// Collapsed says that the policy allows every KMS key of the accounts and regions in question, because single keys
	// did not fit.
	Collapsed bool
	// PackedPolicySize is how much of the room for policies is used, in percent.
	PackedPolicySize int
}

// New checks the settings and what is needed, and sends nothing. The session policy is derived from need unless the
// settings say otherwise. src may be nil if the settings say that the job's own credentials are to be used. Errors are
// *call.Error; with Failure call.BadKey they are about what need names.
func New(w *oidc.World, src oidc.Source, s Settings, audience string, need Resources) (*Lender, error) {
	a := &Lender{w: *w, source: src, settings: s, audience: audience}
	var err error
	pod := false
	if s.Ambient {
		if a.source, pod, err = usePodIdentity(w, &a.settings); err != nil {
			return nil, err
		}
	}
	if a.roles, err = checkSettings(&a.settings); err != nil {
		return nil, err
	}
	if a.source == nil && !a.settings.Ambient {
		return nil, &call.Error{Failure: call.NoIdentity, Text: "this job has no identity to show to AWS"}
	}
	a.partition = policy.AWSPartition(a.settings.Region)
	if a.audience == "" && !pod {
		a.audience = audienceOf(a.partition)
	}
	if a.settings.SessionName == "" {
		a.settings.SessionName = job.SessionName(job.Describe(w.Getenv))
	}
	if a.env, err = newEnvironment(w.Getenv); err != nil {
		return nil, err
	}
	if a.http, err = newHTTPClient(w); err != nil {
		return nil, err
	}
	a.w.HTTPClient = a.http
	if err := a.derivePolicy(need); err != nil {
		return nil, err
	}
	a.warnOfPodRole()
	if a.settings.Ambient {
		own, err := newAmbientCredentials(w, a.http)
		if err != nil {
			return nil, err
		}
		a.ambient = own
	}
	return a, nil
}

// audienceOf is the audience that IAM OIDC providers of a partition usually list.
func audienceOf(partition string) string {
	if partition == "aws-cn" {
		return "sts.amazonaws.com.cn"
	}
	return "sts.amazonaws.com"
}

// derivePolicy checks what is needed, whatever becomes of it, and sets the policy.
func (a *Lender) derivePolicy(need Resources) error {
	if need.Region == "" {
		need.Region = a.settings.Region
	}
	if need.Account == "" && len(a.roles) > 0 {
		need.Account = a.roles[len(a.roles)-1].Account
	}
	if err := a.leaveOutStrangers(&need); err != nil {
		return err
	}
	if len(a.roles) == 0 {
		return nil // nothing is assumed that a policy could restrict
	}
	switch a.settings.SessionPolicy {
	case "none":
	case "auto":
		var err error
		if a.policy, a.collapsed, err = derivedPolicy(need); err != nil {
			return err
		}
		if a.collapsed {
			a.w.Tell("the session policy would be too long for AWS STS: it allows all KMS keys of the accounts and regions in question instead of single ones")
			return nil
		}
		if a.wide, err = sessionPolicy(need, true); err != nil {
			return err
		}
		if a.wide == a.policy {
			a.wide = ""
		}
	default:
		a.policy = a.settings.SessionPolicy
	}
	return nil
}

// leaveOutStrangers checks the KMS keys, and takes those out of other partitions away, which no session can use, as
// long as something else is needed.
func (a *Lender) leaveOutStrangers(need *Resources) error {
	var usable []string
	var stranger error
	for _, key := range need.KMSKeys {
		k, err := parseKMSKey(key)
		if err != nil {
			return err
		}
		if err := a.checkRegion(k.Region); err != nil {
			stranger = err
			continue
		}
		usable = append(usable, key)
	}
	if stranger != nil && len(usable)+len(need.Secrets)+len(need.Parameters) == 0 {
		return stranger
	}
	need.KMSKeys = usable
	return nil
}

// Identity returns who the job is. Before [Lender.Retrieve] has succeeded, it holds what is known beforehand.
func (a *Lender) Identity() Identity {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := Identity{SessionName: a.settings.SessionName, Policy: a.policy, Collapsed: a.collapsed}
	if len(a.roles) > 0 {
		id.Account = a.roles[len(a.roles)-1].Account
	}
	if s := a.session; s != nil {
		id.ARN, id.Account, id.Expires, id.PackedPolicySize = s.arn, s.account, s.credentials.Expires, s.packed
	}
	return id
}

// String implements fmt.Stringer.
func (a *Lender) String() string {
	if len(a.roles) == 0 {
		return "AWS, by the job's own credentials"
	}
	return "AWS, as " + a.roles[len(a.roles)-1].String()
}

// Format implements fmt.Formatter.
func (a *Lender) Format(f fmt.State, _ rune) { f.Write([]byte(a.String())) }

// MarshalJSON implements json.Marshaler.
func (a *Lender) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }
