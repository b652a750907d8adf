package text

import (
	"regexp"
	"sync"
)

// Lazily compiles an expression when it is first used: every start of the
// program would pay for it otherwise, and most never come there.
func Lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
