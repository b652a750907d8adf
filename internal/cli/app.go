// Package cli is the program gitsecrets: its verbs, what they say to people and
// the codes they exit with. It alone reads the environment, the arguments and the
// streams, and knows the flags; the libraries that it calls return facts.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// App is one run of the program: the world around it, and what was found out
// so far. Verbs are methods; each returns its errors to run, which alone
// prints them and chooses the exit code.
type App struct {
	Version string
	verbs   []Verb
	Stdin   *os.File
	Stdout  io.Writer
	Stderr  io.Writer
	Term    *term.Terminal

	mu          sync.Mutex           // guards what follows: verbs work on many files at once
	keyServices []encrypt.KeyService // made when first needed
	Policies    *policy.Resolver
	config      *policy.Policy  // that --config names
	warned      map[string]bool // what was said on stderr already
	atEnd       []func()        // what is said when all went well
}

// New returns the program; version is what it says of itself, and rooms are the lists
// of its verbs, in the order in which help tells them.
func New(version string, rooms ...[]Verb) *App {
	a := &App{
		Version: version,
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Term:    term.New(),
		warned:  map[string]bool{},
	}
	a.Policies = a.newResolver()
	for _, room := range rooms {
		a.verbs = append(a.verbs, room...)
	}
	return a
}

// Verb is a subcommand. Only the one that is called is built.
type Verb struct {
	Name, Usage string
	Command     func(*App) *urfave.Command
}

// completionVerb is the one verb that needs to know all others.
func completionVerb() Verb {
	return Verb{"completion", "print a completion script for a shell", (*App).completionCommand}
}

// Verbs lists all verbs, in the order of help.
func (a *App) Verbs() []Verb { return append(a.alone(), a.grouped()...) }

// alone lists the verbs of no group.
func (a *App) alone() []Verb {
	var verbs []Verb
	for _, v := range a.verbs {
		if !strings.Contains(v.Name, " ") {
			verbs = append(verbs, v)
		}
	}
	return append(verbs, completionVerb())
}

// grouped lists the verbs that stand behind the word of a group.
func (a *App) grouped() []Verb {
	var verbs []Verb
	for _, v := range a.verbs {
		if strings.HasPrefix(v.Name, ciGroup+" ") {
			verbs = append(verbs, v)
		}
	}
	return verbs
}

// AtEnd has f called if the verb does its work without an error.
func (a *App) AtEnd(f func()) { a.atEnd = append(a.atEnd, f) }

// Run does what the arguments (without the program's name) say and returns the
// exit code.
func (a *App) Run(args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			// The text of a panic may hold plaintext: its type must do.
			fmt.Fprintf(a.Stderr, "gitsecrets: internal error (%T); its text is not shown, because it may quote a secret\n", p)
			code = ExitGeneric
		}
	}()
	err := a.dispatch(context.Background(), args)
	if err == nil {
		for _, f := range a.atEnd {
			f()
		}
		return 0
	}
	return a.report(err)
}

func (a *App) dispatch(ctx context.Context, args []string) error {
	line, err := a.arrange(args)
	if err != nil {
		return err
	}
	switch {
	case line.version:
		_, err := fmt.Fprintf(a.Stdout, "gitsecrets %s (SOPS format of sops %s)\n", a.Version, encrypt.SOPSVersion)
		return err
	case line.verb == ciGroup:
		_, err := fmt.Fprintf(a.Stdout, "The verbs for CI jobs:\n\n%s\n", a.ciHelp())
		return err
	case line.help && line.verb == "":
		return a.help()
	}
	for _, v := range a.Verbs() {
		if v.Name != line.verb {
			continue
		}
		cmd := v.Command(a)
		for i, f := range cmd.Flags {
			cmd.Flags[i] = quickly(f)
		}
		ready, err := line.forCommand(a, cmd)
		if err != nil {
			return err
		}
		return a.cli(cmd).RunContext(ctx, ready)
	}
	return errors.New("no such verb: " + line.verb)
}

// cli wraps one command for the library. Errors come back to us; it neither
// prints nor exits.
func (a *App) cli(cmd *urfave.Command) *urfave.App {
	cmd.Before = refuseMisplaced
	cmd.OnUsageError = func(_ *urfave.Context, err error, _ bool) error { return &UsageError{Msg: err.Error()} }
	return &urfave.App{
		Name:                      "gitsecrets",
		Commands:                  []*urfave.Command{cmd},
		HideVersion:               true,
		HideHelpCommand:           true,
		Writer:                    a.Words(),
		ErrWriter:                 a.Asides(),
		ExitErrHandler:            func(*urfave.Context, error) {},
		OnUsageError:              cmd.OnUsageError,
		DisableSliceFlagSeparator: true,
	}
}

func (a *App) help() error {
	var b strings.Builder
	b.WriteString(`gitsecrets keeps secrets in Git, encrypted, in the SOPS file format.

Usage:
  gitsecrets VERB [flags] [file...]
  gitsecrets [flags] FILE            edit FILE, as sops does; -d, -e, -r decrypt, encrypt, rotate

Verbs:
`)
	for _, v := range a.Verbs() {
		fmt.Fprintf(&b, "  %-12s %s\n", v.Name, v.Usage)
	}
	b.WriteString(`
Flags may stand before or after file names; -- ends them.
gitsecrets VERB --help lists the flags of a verb.
`)
	_, err := io.WriteString(a.Stdout, b.String())
	return err
}

// Warnf says something on stderr that does not stop the work.
func (a *App) Warnf(format string, args ...any) {
	fmt.Fprintln(a.Stderr, "gitsecrets: warning: "+ForLog(fmt.Sprintf(format, args...)))
}

// WarnOnce is warnf for what many files of one run would repeat.
func (a *App) WarnOnce(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	a.mu.Lock()
	said := a.warned[msg]
	a.warned[msg] = true
	a.mu.Unlock()
	if !said {
		a.Warnf("%s", msg)
	}
}

// Say prints words for the person; data goes to stdout.
func (a *App) Say(format string, args ...any) {
	fmt.Fprintln(a.Stderr, text.Withhold(fmt.Sprintf(format, args...)))
}

// ForLog makes a line fit for a terminal and for the log of a CI job: names in it
// may come from strangers, and a runner takes words such as ##[add-mask] for
// commands wherever they stand. No key is in it.
func ForLog(line string) string {
	return text.EscapeCommandsInLine(text.EscapeLine(text.Withhold(line)))
}

// Warnings prints what sealing or opening a file had to say.
func (a *App) Warnings(name string, ws []encrypt.Warning) {
	for _, w := range ws {
		where := text.Escape(name)
		if w.Pos.Line > 0 {
			where += fmt.Sprintf(":%d", w.Pos.Line)
		}
		if w.Path != "" {
			where += ": " + text.Escape(w.Path)
		} else {
			where += ":"
		}
		a.Warnf("%s %s", where, w.Text)
	}
}
