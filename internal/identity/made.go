package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/signals"
)

// Made is an identity that was just made, as a file of it is written.
type Made struct{ Recipient, Text string }

// Generate makes an identity of X25519, or one that quantum computers do
// not open.
func Generate(postQuantum bool, now time.Time) (*Made, error) {
	var secret, recipient string
	if postQuantum {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, err
		}
		secret, recipient = id.String(), id.Recipient().String()
	} else {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, err
		}
		secret, recipient = id.String(), id.Recipient().String()
	}
	text := fmt.Sprintf("# created: %s\n# public key: %s\n%s\n", now.Format(time.RFC3339), recipient, secret)
	return &Made{recipient, text}, nil
}

// Save writes the identity to a file for its owner only. A file that is there
// is an error, or, with add, gets it at its end.
func (id *Made) Save(path string, add bool) (err error) {
	defer signals.Hold()()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	text := id.Text
	if add {
		mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND
		if old, err := bounded.ReadFile(path, maxFile); err == nil && len(old) > 0 && old[len(old)-1] != '\n' {
			text = "\n" + text
		}
	}
	f, err := os.OpenFile(path, mode, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &ExistsError{path}
	}
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Sync()
}

// ExistsError: a file of identities is there already.
type ExistsError struct{ path string }

func (e *ExistsError) Error() string { return e.path + " already exists and is not changed" }
