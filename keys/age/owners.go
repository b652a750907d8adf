package age

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"
)

// maxOwners bounds the identities and recipients whose names are remembered.
const maxOwners = 1024

// owners says which identity belongs to which recipient. Deriving the name
// of a post-quantum identity costs as much as opening a file with it.
type owners struct {
	mu    sync.Mutex
	names map[age.Identity]string
	ssh   map[string]age.Recipient // by recipient as written; nil if malformed
}

// sort returns the identities in the order in which they are to be tried for
// recipient: its own, a plugin of its kind, those that need no other program,
// and other plugins.
func (o *owners) sort(ids []age.Identity, recipient string) []age.Identity {
	kind := ""
	if strings.HasPrefix(recipient, "age1") && !strings.HasPrefix(recipient, "age1pq1") {
		kind = strings.TrimPrefix(recipient[:max(strings.LastIndexByte(recipient, '1'), 0)], "age1")
	}
	type ranked struct {
		id   age.Identity
		rank int
	}
	all := make([]ranked, len(ids))
	for i, id := range ids {
		all[i] = ranked{id, 2}
		if p, ok := id.(*plugin.Identity); ok {
			all[i].rank = 3
			if kind != "" && strings.EqualFold(p.Name(), kind) {
				all[i].rank = 1
			}
		} else if o.owns(id, recipient) {
			all[i].rank = 0
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return a.rank - b.rank })
	out := make([]age.Identity, len(all))
	for i, r := range all {
		out[i] = r.id
	}
	return out
}

func (o *owners) anyOwns(ids []age.Identity, recipient string) bool {
	return slices.ContainsFunc(ids, func(id age.Identity) bool { return o.owns(id, recipient) })
}

// owns reports whether the identity's own recipient is the given one.
func (o *owners) owns(id age.Identity, recipient string) bool {
	var own age.Recipient
	switch id := id.(type) {
	case *age.X25519Identity, *age.HybridIdentity:
		return strings.HasPrefix(recipient, "age1") && o.name(id) == recipient
	case *agessh.Ed25519Identity:
		own = id.Recipient()
	case *agessh.RSAIdentity:
		own = id.Recipient()
	case interface{ Recipient() age.Recipient }: // an SSH key with a passphrase, and those of callers
		own = id.Recipient()
	default:
		return false
	}
	if s, ok := own.(interface{ String() string }); ok {
		return s.String() == recipient
	}
	// Recipients for SSH keys have no name; compare the public keys in them.
	return strings.HasPrefix(recipient, "ssh-") && own != nil && reflect.DeepEqual(own, o.sshRecipient(recipient))
}

func (o *owners) name(id age.Identity) string {
	o.mu.Lock()
	name, ok := o.names[id]
	o.mu.Unlock()
	if ok {
		return name
	}
	switch id := id.(type) {
	case *age.X25519Identity:
		name = id.Recipient().String()
	case *age.HybridIdentity:
		name = id.Recipient().String()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.names == nil || len(o.names) >= maxOwners {
		o.names = make(map[age.Identity]string)
	}
	o.names[id] = name
	return name
}

func (o *owners) sshRecipient(s string) age.Recipient {
	o.mu.Lock()
	defer o.mu.Unlock()
	r, ok := o.ssh[s]
	if ok {
		return r
	}
	if o.ssh == nil || len(o.ssh) >= maxOwners {
		o.ssh = make(map[string]age.Recipient)
	}
	r, err := parseRecipient(s, nil)
	if err != nil {
		r = nil
	}
	o.ssh[s] = r
	return r
}
