package identity

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/google/shlex"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// command is a command that prints identities. sops runs it for each
// recipient, and tells it which; so a command may choose its key by the
// recipient. Here it runs once, and again only if
//   - it failed or printed nothing, and another recipient is asked for;
//   - it printed the one key of the recipient it was told, so it may be one that
//     chooses, and a recipient is asked for that none of its keys belongs to.
type command struct {
	variable string
	line     string
	quiet    bool // do not show what it says on stderr
	stderr   io.Writer
	environ  []string // its environment, but for the recipient
	parse    func(out []byte) ([]Held, error)

	mu     sync.Mutex
	held   []Held
	output []byte // of the last run that succeeded
	final  bool
	asked  map[string]error // by recipient
}

// load returns what the command gives. The lock makes those who ask meanwhile
// wait for the answer.
func (c *command) load(ctx context.Context, recipient string) ([]Held, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.final || Owner(c.held, recipient) != nil {
		return c.held, nil
	}
	if err, ok := c.asked[recipient]; ok {
		return c.held, err
	}
	out, err := c.run(ctx, recipient)
	if ctx.Err() != nil {
		return c.held, ctx.Err()
	}
	var more []Held
	if err == nil {
		more, err = c.parse(out)
	}
	if err == nil && len(more) == 0 {
		err = &placeError{source: c.variable, msg: "the command printed no identity"}
	}
	if c.asked == nil {
		c.asked = map[string]error{}
	}
	c.asked[recipient] = err
	switch {
	case err != nil:
		return c.held, err
	case bytes.Equal(out, c.output):
		c.final = true
	default:
		c.held = append(c.held[:len(c.held):len(c.held)], more...)
		c.final = len(more) > 1 || Owner(more, recipient) == nil
		c.output = out
	}
	return c.held, nil
}

// run starts the command. Its words, which may hold anything, are in no error.
func (c *command) run(ctx context.Context, recipient string) ([]byte, error) {
	args, err := shlex.Split(c.line)
	if err != nil || len(args) == 0 {
		return nil, &placeError{source: c.variable, msg: "is not a command: a quote is not closed, or it is empty"}
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(slices.Clip(c.environ), envAgeRecipient+"="+recipient)
	cmd.WaitDelay = 2 * time.Second
	out := &bounded.Buffer{Limit: maxFile, Strict: true}
	cmd.Stdout = out
	if !c.quiet {
		cmd.Stderr = c.stderr
	}
	// A process that the command left behind may hold its output open.
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		msg := "the command cannot be run"
		var exit *exec.ExitError
		switch {
		case out.Full():
			msg = "the command printed more than 16 MiB"
		case errors.As(err, &exit):
			msg = "the command ended with " + exit.String()
		case errors.Is(err, exec.ErrNotFound):
			msg = "the command's program was not found"
		}
		return nil, &placeError{source: c.variable, msg: msg, err: err}
	}
	return out.Bytes(), nil
}

// deferredCommand is an identity that runs a command when it is tried.
type deferredCommand struct {
	ctx       context.Context
	command   *command
	recipient string
}

func (d *deferredCommand) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	held, err := d.command.load(d.ctx, d.recipient)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		fileKey, err := h.Unwrap(stanzas)
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return fileKey, err
		}
	}
	return nil, age.ErrIncorrectIdentity
}
