package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

// Progress counts files on stderr once the work takes longer than a second and
// a person is watching. nil where nobody is.
func (a *App) Progress() func(done, total int) {
	out, ok := a.Stderr.(*os.File)
	if !ok || !term.IsTerminal(out) {
		return nil
	}
	start := time.Now()
	last := start
	return func(done, total int) {
		now := time.Now()
		if now.Sub(start) < time.Second || now.Sub(last) < 100*time.Millisecond && done < total {
			return
		}
		last = now
		fmt.Fprintf(out, "\r%d of %d files", done, total)
		if done == total {
			fmt.Fprint(out, "\r\033[K")
		}
	}
}
