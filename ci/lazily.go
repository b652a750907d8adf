package ci

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first used: every start of the
// program would pay for it otherwise, and most never come here.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
