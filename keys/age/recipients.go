package age

import (
	"errors"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/policy"
)

// maxRecipients bounds the recipients that are remembered.
const maxRecipients = 1024

// errAgeRecipient is said of what only the cipher can refuse.
var errAgeRecipient = errors.New("invalid age recipient: it is not a public key of its cipher")

// parseRecipient reads a recipient in each form that sops takes. No error
// quotes it.
func parseRecipient(s string, ui *plugin.ClientUI) (r age.Recipient, err error) {
	if err := (policy.Key{Type: policy.Age, ID: s}).Check(); err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(s, "age1pq1"):
		r, err = age.ParseHybridRecipient(s)
	case strings.HasPrefix(s, "age1") && strings.Count(s, "1") > 1:
		r, err = plugin.NewRecipient(s, ui)
	case strings.HasPrefix(s, "age1"):
		r, err = age.ParseX25519Recipient(s)
	default:
		r, err = agessh.ParseRecipient(s)
	}
	if err != nil {
		return nil, errAgeRecipient
	}
	return r, nil
}

// recipients remembers parsed recipients: reading an ssh-rsa key takes
// longer than wrapping with it.
type recipients struct {
	mu    sync.Mutex
	known map[string]age.Recipient
}

func (c *recipients) parse(s string, ui *plugin.ClientUI) (age.Recipient, error) {
	c.mu.Lock()
	r := c.known[s]
	c.mu.Unlock()
	if r != nil {
		return r, nil
	}
	r, err := parseRecipient(s, ui)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxRecipients || c.known == nil {
		c.known = make(map[string]age.Recipient)
	}
	c.known[s] = r
	return r, nil
}
