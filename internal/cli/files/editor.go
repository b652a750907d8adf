package files

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/google/shlex"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// editorCommand returns the person's editor and its arguments: $SOPS_EDITOR,
// $EDITOR, or the first of vim, nano and vi that is there, as in sops. One without
// arguments gets those that keep plaintext out of its own files; who gives arguments
// is taken at their word.
func editorCommand(getenv func(string) string) ([]string, error) {
	for _, name := range []string{"SOPS_EDITOR", "EDITOR"} {
		line := getenv(name)
		if line == "" {
			continue
		}
		words, err := shlex.Split(line)
		if err != nil || len(words) == 0 {
			return nil, fmt.Errorf("$%s is not a command: a quote is not closed, or it is empty", name)
		}
		if len(words) == 1 {
			words = append(words, quietArguments(words[0])...)
		}
		return words, nil
	}
	for _, name := range []string{"vim", "nano", "vi"} {
		if path, err := exec.LookPath(name); err == nil {
			return append([]string{path}, quietArguments(path)...), nil
		}
	}
	return nil, errors.New("there is no editor: $SOPS_EDITOR and $EDITOR are not set, and vim, nano and vi are not installed")
}

// editor runs the person's editor, and can be told to end it.
type editor struct {
	app     *verbs
	mu      sync.Mutex
	process *os.Process // nil when none runs
	ended   chan struct{}
	closed  bool // no other may be started
}

// run opens file in the editor and waits for its end.
func (e *editor) run(file string) error {
	words, err := editorCommand(os.Getenv)
	if err != nil {
		return err
	}
	cmd := exec.Command(words[0], append(words[1:], file)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.app.Stdin, e.app.Stdout, e.app.Stderr
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return errors.New("interrupted")
	}
	err = cmd.Start()
	if err != nil {
		e.mu.Unlock()
		return errors.New(text.Reason(err))
	}
	ended := make(chan struct{})
	e.process, e.ended = cmd.Process, ended
	e.mu.Unlock()
	err = cmd.Wait()
	close(ended)
	e.mu.Lock()
	e.process = nil
	e.mu.Unlock()
	return err
}

// running reports whether an editor has the terminal.
func (e *editor) running() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.process != nil
}

// patience is how long an editor may take to end when it is told to.
const patience = 2 * time.Second

// end passes a signal on to the editor and waits until it is gone. No other is
// started.
func (e *editor) end(s os.Signal) {
	e.mu.Lock()
	process, ended := e.process, e.ended
	e.closed = true
	e.mu.Unlock()
	if process == nil {
		return
	}
	if !cli.ReachesChild(s) && process.Signal(s) != nil {
		_ = process.Kill()
	}
	select {
	case <-ended:
	case <-time.After(patience):
		_ = process.Kill()
		<-ended
	}
}
