package age

import (
	"context"

	"filippo.io/age"
)

// Fixed are Identities that are at hand from the start.
type Fixed []age.Identity

// Identities returns all of them, whoever the recipient is.
func (f Fixed) Identities(context.Context, string) ([]age.Identity, error) { return f, nil }
