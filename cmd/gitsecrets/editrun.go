package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

// session is the time in which plaintext is in a private folder.
type session struct {
	*edition
	dir    *privateDir
	path   string // of the text
	shown  []byte
	editor *editor
	commit sync.Mutex // held from the moment when the result is written
	asking atomic.Bool
}

// inPrivate lets the person edit text in a private folder, and encrypts the
// result. Whatever happens, the folder is removed.
//
// A signal ends the editor and then us, with 128 and its number as the exit
// code; keys pressed in the editor are the editor's business.
func (e *edition) inPrivate(text []byte) (err error) {
	signals, release := catchSignals()
	defer release()
	dir, path, err := newPrivateDir(os.Getenv, filepath.Base(e.name), text)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.remove()) }()
	s := &session{edition: e, dir: dir, path: path, shown: text, editor: &editor{app: e.app}}
	result := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				result <- fmt.Errorf("internal error (%T)", p) // its text may hold plaintext
			}
		}()
		result <- s.untilGood()
	}()
	for {
		select {
		case err := <-result:
			return err
		case sig := <-signals:
			switch {
			case isUserSignal(sig), s.editor.running() && reachesChild(sig):
				continue
			case sig == os.Interrupt && s.asking.Load():
				continue // the question is given up, and the text kept
			}
			if !s.commit.TryLock() {
				continue // the file is being written, which is soon done
			}
			s.editor.end(sig)
			e.app.say("gitsecrets: interrupted: %s; the file is as it was", sig)
			return exitError(signalCode(sig))
		}
	}
}

// untilGood runs the editor until its result can be encrypted, or the person
// gives up.
func (s *session) untilGood() error {
	for {
		runErr := s.editor.run(s.path)
		text, err := os.ReadFile(s.path)
		if runErr != nil {
			err := coded(exitNoEditor, fmt.Errorf("could not run editor: %w", runErr))
			if text != nil && !unchanged(s.shown, text) {
				return s.keep(err, text)
			}
			return err
		}
		if err != nil {
			return coded(exitRead, fmt.Errorf("the editor left no text behind: %s", reason(err)))
		}
		if unchanged(s.shown, text) {
			return errUnmodified()
		}
		sealed, err := s.seal(text)
		if err == nil && sealed == nil {
			return errUnmodified()
		}
		if err == nil {
			s.commit.Lock()
			if err := s.write(sealed); err != nil {
				return s.keep(err, text)
			}
			return nil
		}
		if again, askErr := s.again(err); askErr != nil || !again {
			return s.keep(err, text)
		}
	}
}

// again says what is wrong and asks whether to edit once more. Without a
// terminal the answer is no.
func (s *session) again(err error) (bool, error) {
	if !s.app.term.Available() || !term.IsTerminal(s.app.stdin) {
		return false, nil
	}
	s.app.printError(s.name, err)
	s.asking.Store(true)
	defer s.asking.Store(false)
	return s.app.term.Confirm(s.c.Context, "edit again?", true)
}

// keep saves the person's text, since it cannot go into the file, and says
// where.
func (s *session) keep(err error, text []byte) error {
	kept, keepErr := keepPlaintext(os.Getenv, filepath.Base(s.name), text)
	if keepErr != nil {
		return errors.Join(err, fmt.Errorf("your text is lost: %w", keepErr))
	}
	e := &codedError{err: fmt.Errorf("%s: %w", s.name, err), code: exitCode(err)}
	hint := hintFor(err)
	if hint != "" {
		hint += "\n"
	}
	hint += "your text is kept, in plaintext, in " + kept + "\n"
	switch {
	case s.withMeta:
		hint += "correct it there, and take it over with gitsecrets edit -s " + shellQuote(s.name)
	case s.rule != nil:
		hint += "correct it there, then: gitsecrets encrypt --filename-override " + shellQuote(s.name) + " " + shellQuote(kept) + " --output " + shellQuote(s.name)
	default:
		hint += "correct it there, then: gitsecrets encrypt --onto " + shellQuote(s.name) + " " + shellQuote(kept) + " --output " + shellQuote(s.name)
	}
	e.hint = hint + "\nand remove " + shellQuote(filepath.Dir(kept))
	return e
}
