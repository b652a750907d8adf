package encrypt

import (
	"errors"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"
)

// maxAgeRecipients bounds the recipients that are remembered.
const maxAgeRecipients = 1024

// maxAgeRecipient bounds the length of one: a post-quantum recipient has
// 1,959 letters, an SSH key of 16,384 bits 2,700.
const maxAgeRecipient = 16 << 10

var (
	errAgeSecret    = errors.New("this is a secret key where a recipient belongs: whoever reads the file can use it, so replace it")
	errAgeRecipient = errors.New("no valid age recipient: it is mistyped or cut off")
	errAgeKind      = errors.New("no age recipient: one begins with age1, ssh-ed25519 or ssh-rsa")
)

// parseAgeRecipient reads a recipient in each form that sops takes. No error
// quotes it.
func parseAgeRecipient(s string, ui *plugin.ClientUI) (r age.Recipient, err error) {
	if len(s) > maxAgeRecipient {
		return nil, errAgeRecipient
	}
	if isKey(s) {
		return nil, errAgeSecret
	}
	switch {
	case strings.HasPrefix(s, "age1pq1"):
		r, err = age.ParseHybridRecipient(s)
	case strings.HasPrefix(s, "age1") && strings.Count(s, "1") > 1:
		r, err = plugin.NewRecipient(s, ui)
	case strings.HasPrefix(s, "age1"):
		r, err = age.ParseX25519Recipient(s)
	case strings.HasPrefix(s, "ssh-"):
		if strings.ContainsAny(s, "\r\n") {
			return nil, errAgeRecipient
		}
		r, err = agessh.ParseRecipient(s)
	default:
		return nil, errAgeKind
	}
	if err != nil {
		return nil, errAgeRecipient
	}
	return r, nil
}

// ageRecipients remembers parsed recipients: reading an ssh-rsa key takes
// longer than wrapping with it.
type ageRecipients struct {
	mu    sync.Mutex
	known map[string]age.Recipient
}

func (c *ageRecipients) parse(s string, ui *plugin.ClientUI) (age.Recipient, error) {
	c.mu.Lock()
	r := c.known[s]
	c.mu.Unlock()
	if r != nil {
		return r, nil
	}
	r, err := parseAgeRecipient(s, ui)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxAgeRecipients || c.known == nil {
		c.known = make(map[string]age.Recipient)
	}
	c.known[s] = r
	return r, nil
}
