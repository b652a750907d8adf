package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// session is the time in which plaintext is in a private folder.
type session struct {
	*edition
	dir    *privateDir
	path   string // of the text
	editor *editor
	asking atomic.Bool
	kept   bool // the text could not go into the file, and is kept
}

// inPrivate lets the person edit text in a private folder, and encrypts the
// result. Whatever happens, the folder is removed.
//
// A signal ends the editor and then us, with 128 and its number as the exit
// code; keys pressed in the editor are the editor's business. One that comes when the
// editor has ended lets us finish: the text goes into the file, or is kept and named.
func (e *edition) inPrivate() (err error) {
	// The signals are never let go: what is kept must be named before we end.
	signals, _ := cli.CatchSignals()
	dir, path, err := newPrivateDir(os.Getenv, filepath.Base(e.name), e.shown)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.remove()) }()
	ctx, cancel := context.WithCancel(e.c.Context)
	defer cancel()
	s := &session{edition: e, dir: dir, path: path, editor: &editor{app: e.app}}
	result := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				result <- fmt.Errorf("internal error (%T)", p) // its text may hold plaintext
			}
		}()
		result <- s.untilGood(ctx)
	}()
	var got os.Signal
	for {
		select {
		case err := <-result:
			return s.ended(got, err)
		case sig := <-signals:
			switch {
			case got != nil, cli.IsUserSignal(sig), s.editor.running() && cli.ReachesChild(sig):
				continue
			case sig == os.Interrupt && s.asking.Load():
				continue // the question is given up, and the text kept
			}
			got = sig
			cancel()
			s.editor.end(sig)
		}
	}
}

// ended says how a session ended into which a signal came; got is nil if none did.
func (s *session) ended(got os.Signal, err error) error {
	switch {
	case got != nil && s.kept && errors.Is(err, errInterrupted):
		return &cli.CodedError{Err: err, Code: cli.SignalCode(got), Hint: cli.HintFor(err)}
	case got == nil, s.kept:
		return err
	case err == nil:
		s.app.Say("gitsecrets: interrupted: %s; %s is written", got, cli.ForLog(s.name))
	default:
		s.app.Say("gitsecrets: interrupted: %s; the file is as it was", got)
	}
	return cli.ExitError(cli.SignalCode(got))
}

// errInterrupted: a signal came before the text was in the file.
var errInterrupted = errors.New("interrupted; the file is as it was")

// untilGood runs the editor until its result can be encrypted, or the person
// gives up.
func (s *session) untilGood(ctx context.Context) error {
	for {
		runErr := s.editor.run(s.path)
		if runErr != nil && ctx.Err() != nil {
			return errInterrupted // a signal ended it, and what it left is not finished
		}
		left, err := os.ReadFile(s.path)
		if runErr != nil {
			err := cli.Coded(cli.ExitNoEditor, fmt.Errorf("could not run editor: %w", runErr))
			if left != nil && !s.unchanged(left) {
				return s.keep(err, left)
			}
			return err
		}
		if err != nil {
			return cli.Coded(cli.ExitRead, fmt.Errorf("the editor left no text: %s", text.Reason(err)))
		}
		if s.unchanged(left) {
			return errUnmodified()
		}
		err = s.settle(ctx, left)
		if err == nil || cli.ExitCode(err) == cli.ExitUnchanged {
			return err
		}
		if ctx.Err() != nil {
			err = errInterrupted
		}
		if isRace(err) || errors.Is(err, errInterrupted) {
			return s.keep(err, left)
		}
		if again, askErr := s.again(ctx, err); askErr != nil || !again {
			return s.keep(err, left)
		}
	}
}

// isRace reports whether it is not the text that is at fault, but what others do to
// the file.
func isRace(err error) bool {
	return errors.Is(err, atomicfile.ErrChanged) || errors.Is(err, atomicfile.ErrLocked)
}

// again says what is wrong and asks whether to edit once more. Without a
// terminal the answer is no.
func (s *session) again(ctx context.Context, err error) (bool, error) {
	if !s.app.Term.Available() || !term.IsTerminal(s.app.Stdin) {
		return false, nil
	}
	s.app.PrintError(s.name, err)
	s.asking.Store(true)
	defer s.asking.Store(false)
	return s.app.Term.Confirm(ctx, "edit again?", true)
}

// keep saves the person's text, since it cannot go into the file, and says
// where.
func (s *session) keep(err error, edited []byte) error {
	s.kept = true
	kept, keepErr := keepPlaintext(os.Getenv, filepath.Base(s.name), edited)
	if keepErr != nil {
		return errors.Join(err, fmt.Errorf("your text is lost: %w", keepErr))
	}
	e := &cli.CodedError{Err: cli.InFile(s.name, err), Code: cli.ExitCode(err)}
	hint := ""
	if !errors.Is(err, atomicfile.ErrLocked) {
		hint = cli.HintFor(err)
	}
	if hint != "" {
		hint += "\n"
	}
	hint += "your text is kept, in plaintext, in " + kept + "\n"
	how := "correct it there"
	switch {
	case errors.Is(err, atomicfile.ErrChanged):
		how = "put their changes into it"
	case errors.Is(err, atomicfile.ErrLocked), errors.Is(err, errInterrupted):
		how = "to go on"
	case errors.Is(err, atomicfile.ErrReadOnly):
		how = "if the file may be changed: chmod u+w " + text.ShellPath(s.name)
	}
	if s.c.Bool("ignore-mac") && !s.withMeta {
		// A text is sealed only onto a file whose MAC holds.
		how = "if everything in the file is known and wanted, confirm it: gitsecrets rotate -i --ignore-mac " + text.ShellPath(s.name)
	}
	switch {
	case s.withMeta:
		hint += how + ", and apply it with gitsecrets edit -s " + text.ShellPath(s.name)
	case s.rule != nil && !errors.Is(err, atomicfile.ErrChanged):
		hint += how + ", then: gitsecrets encrypt --filename-override " + text.ShellPath(s.name) + " " + text.ShellPath(kept) + " --output " + text.ShellPath(s.name)
	default:
		hint += how + ", then: gitsecrets encrypt --onto " + text.ShellPath(s.name) + " " + text.ShellPath(kept) + " --output " + text.ShellPath(s.name)
	}
	e.Hint = hint + "\nand remove " + text.ShellPath(filepath.Dir(kept))
	return e
}
