package call

import (
	"strings"
	"time"
)

// RenewBefore is how long before its end a credential is replaced.
const RenewBefore = 30 * time.Second

// FitsHeader reports whether a credential can stand in a header of HTTP: visible
// characters of ASCII, and no blanks.
func FitsHeader(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
