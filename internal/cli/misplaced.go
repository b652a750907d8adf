package cli

import (
	"io"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// People put keys where paths and names belong: the contents of a key file into
// the variable that names the file, a secret in the place of an option. Nothing
// that looks like one is quoted in a message. Those that can be seen to be misplaced are
// refused before anything is done with them.

// refuseMisplaced refuses keys in flags, in their variables and in the place of
// files.
func refuseMisplaced(c *urfave.Context) error {
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if keyFlag(name) {
			continue // it takes names of keys, and says so
		}
		for _, value := range append(c.StringSlice(name), c.String(name)) {
			if identity.Misplaced(value) {
				return &UsageError{Msg: sourceOf(f, value) + " holds a key, which does not belong there", Hint: identity.MisplacedHint(value)}
			}
		}
	}
	for _, value := range fileArguments(c) {
		if identity.Misplaced(value) {
			return &UsageError{Msg: "an argument holds a key, not the name of a file", Hint: identity.MisplacedHint(value)}
		}
	}
	return nil
}

// keyFlag reports whether a flag names master keys.
func keyFlag(name string) bool {
	return slices.Contains(KeyNames(), strings.TrimPrefix(strings.TrimPrefix(name, "add-"), "rm-"))
}

// sourceOf is the variable that gave a flag its value, or the flag.
func sourceOf(f urfave.Flag, value string) string {
	if doc, ok := f.(urfave.DocGenerationFlag); ok {
		for _, variable := range doc.GetEnvVars() {
			if os.Getenv(variable) == value {
				return variable
			}
		}
	}
	return "--" + f.Names()[0]
}

// fileArguments are the arguments that name files. What else stands there may
// be a secret: a value to set, a command.
func fileArguments(c *urfave.Context) []string {
	args := c.Args().Slice()
	switch c.Command.Name {
	case "set":
		if c.Bool("value-file") {
			return args
		}
		return args[:min(len(args), 1)]
	case "unset", "exec-env", "exec-file":
		return args[:min(len(args), 1)]
	case "ci run":
		return nil
	}
	return args
}

// Words is where a verb writes what it has to say to people or programs about
// files: stdout, without keys. What a file holds goes to stdout itself.
func (a *App) Words() io.Writer { return withholding{a.Stdout} }

// Asides is where words stand that are not what a verb was asked for: stderr, without keys.
func (a *App) Asides() io.Writer { return withholding{a.Stderr} }

// withholding takes keys out of what is written, each write on its own.
type withholding struct{ to io.Writer }

func (w withholding) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, text.Withhold(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
