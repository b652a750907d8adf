// Package identity finds the age identities of a person or a machine, in all the
// places where sops looks: [New] makes a [Finder], which implements
// agekeys.Identities. [Generate] makes an identity. The environment, the terminal
// and the streams are handed in. No error quotes what a place holds.
package identity

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

// Finder finds the age identities of the person or machine in all the
// places where sops looks. It implements agekeys.Identities.
//
// Each place is read when an identity is first asked for, and once. What needs
// a passphrase or a slow key is opened only by being tried, and stands last.
type Finder struct {
	world World
	ctx   context.Context // of the run: questions are given up when it ends

	once     sync.Once
	held     []Held // of all places but commands
	commands []*command
	failed   []error  // why places could not be read
	looked   []string // places that hold nothing
}

// World is what looking for identities needs of the program.
type World struct {
	// Environ is the environment of commands that print identities, as os.world.Environ gives it.
	Environ []string
	// Getenv reads a variable of the environment.
	Getenv func(name string) string
	// Terminal asks for passphrases. Nil asks nobody.
	Terminal *term.Terminal
	// Stderr takes what commands that print identities say, if a person is there to read it.
	Stderr io.Writer
	// UI is what plugins of age ask and tell.
	UI *plugin.ClientUI
	// Warn takes what does not stop the work.
	Warn func(format string, args ...any)
}

// Held is an identity and where it came from.
type Held struct {
	age.Identity
	Source string
	Rank   Rank
	// Recipient returns the recipient of which this is the identity; empty if
	// that cannot be told without a question or another program.
	Recipient func() string
}

// Rank orders identities by what trying them costs.
type Rank int

const (
	rankNative Rank = iota // X25519 and post-quantum
	rankSSH                // an SSH key that is already parsed
	RankSlow               // an SSH key that has to be parsed first
	RankPlugin
	RankLocked // behind a passphrase
)

// New returns the identities of a world. ctx is that of the run.
func New(ctx context.Context, w World) *Finder { return &Finder{world: w, ctx: ctx} }

// Identities implements agekeys.Identities.
func (s *Finder) Identities(ctx context.Context, recipient string) ([]age.Identity, error) {
	s.once.Do(s.load)
	held := slices.Clone(s.held)
	failed := slices.Clone(s.failed)
	owned := Owner(held, recipient) != nil
	for _, c := range s.commands {
		if owned {
			// The key is here already. Should it not fit, the command is asked.
			held = append(held, Held{Identity: &deferredCommand{ctx, c, recipient}, Rank: RankPlugin})
			continue
		}
		more, err := c.load(ctx, recipient)
		if err != nil {
			failed = append(failed, err)
		}
		held = append(held, more...)
	}
	sortByRank(held)
	ids := make([]age.Identity, len(held))
	for i, h := range held {
		ids[i] = h.Identity
	}
	if len(ids) == 0 && len(failed) == 0 {
		failed = append(failed, NowhereError(s.looked))
	}
	if len(failed) > 0 {
		return ids, placeErrors(failed)
	}
	return ids, nil
}

// Held returns what the machine holds, for lists of recipients. Nobody is
// asked for anything. Commands are run only if runCommands says so; otherwise,
// and if nothing was to be had from them, pending names them.
func (s *Finder) Held(ctx context.Context, runCommands bool) (held []Held, pending []string, err error) {
	s.once.Do(s.load)
	held, failed := slices.Clone(s.held), slices.Clone(s.failed)
	for _, c := range s.commands {
		if !runCommands {
			pending = append(pending, c.variable)
			continue
		}
		more, err := c.load(ctx, "")
		if err != nil {
			failed = append(failed, err)
		}
		held = append(held, more...)
	}
	if len(failed) > 0 {
		err = placeErrors(failed)
	}
	return held, pending, err
}

// load reads every place but the commands.
func (s *Finder) load() {
	add := func(more []Held, err error) {
		if err != nil {
			s.failed = append(s.failed, err)
		}
		s.held = append(s.held, more...)
	}
	for _, p := range s.places() {
		more, found, err := p.read()
		add(more, err)
		if err == nil && (!found || len(more) == 0) {
			s.looked = append(s.looked, p.name)
		}
	}
	for _, c := range []*command{
		{variable: EnvAgeKeyCmd, parse: func(out []byte) ([]Held, error) { return s.parse(EnvAgeKeyCmd, out, false) }},
		{variable: EnvAgeSSHKeyCmd, parse: func(out []byte) ([]Held, error) { return s.parseSSH(EnvAgeSSHKeyCmd, "", out) }},
	} {
		if c.line = s.world.Getenv(c.variable); c.line != "" {
			c.quiet = s.world.Terminal == nil || !s.world.Terminal.Available()
			c.stderr, c.environ = s.world.Stderr, s.world.Environ
			s.commands = append(s.commands, c)
		} else {
			s.looked = append(s.looked, c.variable)
		}
	}
	sortByRank(s.held)
}

func sortByRank(held []Held) {
	slices.SortStableFunc(held, func(a, b Held) int { return int(a.Rank - b.Rank) })
}

// Owner returns the identity whose recipient is the given one; nil if none is
// known to be.
func Owner(held []Held, recipient string) *Held {
	for i, h := range held {
		if h.Recipient != nil && recipient != "" && sameRecipient(h.Recipient(), recipient) {
			return &held[i]
		}
	}
	return nil
}

// sameRecipient compares recipients; what follows an SSH key is a comment.
func sameRecipient(a, b string) bool {
	if !strings.HasPrefix(a, "ssh-") {
		return a == b
	}
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) >= 2 && len(y) >= 2 && x[0] == y[0] && x[1] == y[1]
}
