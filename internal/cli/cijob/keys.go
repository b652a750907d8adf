package cijob

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	lendaws "github.com/gitsecrets/gitsecrets/internal/ci/lend/aws"
	lendazure "github.com/gitsecrets/gitsecrets/internal/ci/lend/azure"
	lendgcp "github.com/gitsecrets/gitsecrets/internal/ci/lend/gcp"
	lendvault "github.com/gitsecrets/gitsecrets/internal/ci/lend/vault"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/text"
	agekeys "github.com/gitsecrets/gitsecrets/keys/age"
	"github.com/gitsecrets/gitsecrets/keys/awskms"
	"github.com/gitsecrets/gitsecrets/policy"
)

// lenders get the job's credentials, each when it is first needed and once, and
// hand them to the key services. They are where ci and encrypt meet.
type lenders struct {
	j *ciJob

	mu      sync.Mutex
	source  *seenSource
	aws     map[string]*lendaws.Lender // by the role that a file asks for; "" for the job's own
	vault   *lendvault.Login
	gcp     *lendgcp.Lender
	azure   *lendazure.Lender
	need    map[string]lendaws.Resources // what each role's session is to open
	refused map[string]bool              // roles that were asked for and are not assumed
	fetched *fetchedIdentities
	made    []encrypt.KeyService
}

func newLenders(j *ciJob) *lenders {
	l := &lenders{j: j, aws: map[string]*lendaws.Lender{}, need: map[string]lendaws.Resources{}, refused: map[string]bool{}}
	if ref := j.settings.Key; ref != nil {
		l.fetched = &fetchedIdentities{ref: *ref, fetch: l.fetch}
		l.needRef(*ref)
	}
	return l
}

// needRef adds a secret to what the job's own session must be able to read.
func (l *lenders) needRef(ref policy.Reference) {
	r := l.need[""]
	switch ref.Store {
	case policy.StoreAWSSecrets:
		r.Secrets = append(r.Secrets, ref)
	case policy.StoreAWSSSM:
		r.Parameters = append(r.Parameters, ref)
	}
	l.need[""] = r
}

// needKeys adds a file's keys to what sessions must be able to use. Those of a
// file that a fetched identity may open are among them: it may be one of several
// groups that are needed, or not be among the file's recipients.
func (l *lenders) needKeys(file string, rule *policy.Rule) {
	named, refused := l.j.assumable(file), 0
	for _, k := range rule.Groups[0] {
		if k.Type != policy.AWSKMS {
			continue
		}
		role := k.Role
		if role != "" && !named(k) {
			if !l.refused[role] {
				if refused++; refused <= maxRefusedRoles {
					l.j.a.WarnOnce("the role %s that %s asks for is not assumed: --allow-role or a rule must name it", text.Escape(role), text.Escape(file))
				}
			}
			l.refused[role] = true
			role = ""
		}
		r := l.need[role]
		r.KMSKeys = append(r.KMSKeys, k.ID)
		l.need[role] = r
	}
	if more := refused - maxRefusedRoles; more > 0 {
		l.j.a.WarnOnce("%s that %s asks for are not assumed either", text.Count(more, "more role", "more roles"), text.Escape(file))
	}
}

// maxRefusedRoles is how many roles of a file that are not assumed are named.
const maxRefusedRoles = 5

// services are the key services of a ci verb. None finds credentials by itself.
func (l *lenders) services() []encrypt.KeyService {
	if l.made != nil {
		return l.made
	}
	if l.fetched != nil {
		l.made = append(l.made, agekeys.New(agekeys.Options{Identities: l.fetched}))
	}
	l.made = append(l.made,
		&lentAWS{l: l, made: map[string]encrypt.KeyService{}},
		&lentService{serves: policy.VaultKey, check: l.checkVault, prepare: l.vaultService},
		&lentService{serves: policy.GCPKMS, prepare: l.gcpService},
		&lentService{serves: policy.AzureVault, prepare: l.azureService},
	)
	return l.made
}

// detect finds the job's identity, once.
func (l *lenders) detect() (oidc.Source, error) {
	if l.source == nil {
		source, err := oidc.Detect(l.j.world, l.j.settings.OIDC)
		if err != nil {
			return nil, err
		}
		l.source = &seenSource{Source: source}
	}
	return l.source, nil
}

// awsFor returns what lends AWS credentials for a role that a file asks for, or
// the job's own.
func (l *lenders) awsFor(role string) (*lendaws.Lender, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.aws[role] != nil {
		return l.aws[role], nil
	}
	s := l.j.settings.AWS
	if s.RoleARN == "" && !s.Ambient {
		return nil, &call.Error{Failure: call.BadSetting, Text: "the AWS role is missing", Hint: "name it with --role-to-assume ARN"}
	}
	var source oidc.Source
	if !s.Ambient {
		var err error
		if source, err = l.detect(); err != nil {
			return nil, err
		}
	}
	if role != "" {
		s.Chain = append(s.Chain[:len(s.Chain):len(s.Chain)], lendaws.ChainedRole{ARN: role})
	}
	lent, err := lendaws.New(l.j.world, source, s, l.j.settings.OIDC.Audience, l.need[role])
	if err == nil {
		l.aws[role] = lent
	}
	return lent, err
}

// lentAWS serves AWS KMS keys with the job's credentials. The profile that a
// file names is that of the person who encrypted it, and left out.
type lentAWS struct {
	l    *lenders
	mu   sync.Mutex
	made map[string]encrypt.KeyService
}

func (s *lentAWS) Wrap(context.Context, policy.Key, []byte) (encrypt.Wrapped, error) {
	return encrypt.Wrapped{}, encrypt.ErrOtherKey
}

func (s *lentAWS) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.AWSKMS {
		return nil, encrypt.ErrOtherKey
	}
	role := w.Key.Role
	s.l.mu.Lock()
	if s.l.refused[role] {
		role = ""
	}
	s.l.mu.Unlock()
	lent, err := s.l.awsFor(role)
	if err != nil {
		return nil, err
	}
	if _, err := lent.Retrieve(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	service := s.made[role]
	if service == nil {
		service = awskms.New(awskms.Options{Config: lent.Config})
		s.made[role] = service
	}
	s.mu.Unlock()
	w.Key = impersonal(w.Key)
	return served(service.Unwrap(ctx, w))
}

// lentService serves keys of one type with a service that is made, with its
// credentials, when a first key needs it.
type lentService struct {
	serves policy.KeyType
	// check refuses a key before anything is asked for; nil refuses none.
	check func(key policy.Key) error
	// prepare gets the credentials. What it returns is kept.
	prepare func(ctx context.Context, key policy.Key) (encrypt.KeyService, error)

	mu   sync.Mutex
	made encrypt.KeyService
}

func (s *lentService) Wrap(context.Context, policy.Key, []byte) (encrypt.Wrapped, error) {
	return encrypt.Wrapped{}, encrypt.ErrOtherKey
}

func (s *lentService) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != s.serves {
		return nil, encrypt.ErrOtherKey
	}
	if s.check != nil {
		if err := s.check(w.Key); err != nil {
			return nil, err
		}
	}
	service, err := s.get(ctx, w.Key)
	if err != nil {
		return nil, err
	}
	return served(service.Unwrap(ctx, w))
}

// servedError is what a key service answered to credentials that were had.
type servedError struct{ err error }

func (e *servedError) Error() string { return e.err.Error() }
func (e *servedError) Unwrap() error { return e.err }

func served(dataKey []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, &servedError{err}
	}
	return dataKey, nil
}

// get makes others wait: one login serves all.
func (s *lentService) get(ctx context.Context, key policy.Key) (encrypt.KeyService, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made != nil {
		return s.made, nil
	}
	made, err := s.prepare(ctx, key)
	if err == nil {
		s.made = made
	}
	return made, err
}

// giveBack revokes what can be revoked. It may be called on nil.
func (l *lenders) giveBack() {
	if l == nil || l.vault == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	if err := l.vault.Close(ctx); err != nil {
		l.j.a.Warnf("%s", text.EscapeLine(text.EscapeCommands(err.Error())))
	}
}

// errNoDestination: a key or reference needs a service that nobody named.
func errNoDestination(what, flag string) error {
	return &call.Error{Failure: call.BadSetting, Text: fmt.Sprintf("%s is missing", what), Hint: "name it with " + flag}
}

// fetch reads the secret that a reference names.
func (l *lenders) fetch(ctx context.Context, r policy.Reference) ([]byte, error) {
	return ref.Fetch(ctx, r, func(ctx context.Context, r policy.Reference) ([]byte, error) {
		switch r.Store {
		case policy.StoreVault:
			v, err := l.vaultClient()
			if err != nil {
				return nil, err
			}
			return v.Read(ctx, r)
		case policy.StoreAWSSecrets, policy.StoreAWSSSM:
			lent, err := l.awsFor("")
			if err != nil {
				return nil, err
			}
			return lent.Read(ctx, r)
		case policy.StoreGCPSecrets:
			g, err := l.gcpClient()
			if err != nil {
				return nil, err
			}
			return g.Read(ctx, r)
		case policy.StoreAzureVault:
			az, err := l.azureClient()
			if err != nil {
				return nil, err
			}
			return az.Read(ctx, r)
		}
		return nil, errors.New("no such store: " + string(r.Store))
	})
}
