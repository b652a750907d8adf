package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// commandLine is a command line taken apart: which verb, what stood before it, and
// what behind. The library that parses flags stops at the first argument, and
// sops ignores most of what stands before a verb; people do neither.
type commandLine struct {
	app     *App
	verb    string
	before  []option // flags before the verb, or without one
	rest    []string // behind the verb, as given
	version bool
	help    bool
}

// option is one flag with its value, if it has one.
type option struct {
	name  string // without dashes
	value string
	given bool // it has a value
}

func (o option) arg() string {
	if o.given {
		return "--" + o.name + "=" + o.value
	}
	return "--" + o.name
}

// splitFlag takes "--name=value" apart. It reports false for what is no flag:
// "-" alone, and negative numbers, which set takes as values.
func splitFlag(arg string) (option, bool) {
	if len(arg) < 2 || arg[0] != '-' || arg[1] >= '0' && arg[1] <= '9' {
		return option{}, false
	}
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	name, value, given := strings.Cut(name, "=")
	return option{name, value, given}, true
}

// arrange finds the verb.
func (a *App) arrange(args []string) (*commandLine, error) {
	c := &commandLine{app: a}
	for i := 0; i < len(args); i++ {
		o, isFlag := splitFlag(args[i])
		if !isFlag || args[i] == "--" {
			return c, c.positional(args[i:])
		}
		switch {
		case slices.Contains(globalValues, o.name):
			if !o.given {
				if i++; i == len(args) {
					return nil, Usagef("the flag --%s needs a value", o.name)
				}
				o.value, o.given = args[i], true
			}
		case !slices.Contains(globalSwitches, o.name):
			return nil, unknownFlag(o.name, "", append(globalValues, globalSwitches...))
		}
		switch o.name {
		case "version", "v":
			c.version = true
		case "help", "h":
			c.help = true
		}
		c.before = append(c.before, o)
	}
	if c.version || c.help {
		return c, nil
	}
	return c, c.legacy(nil)
}

// positional takes the first word that is no flag, and all behind it.
func (c *commandLine) positional(args []string) error {
	word := args[0]
	if word == ciGroup {
		return c.ciVerb(args[1:])
	}
	for _, v := range c.app.alone() {
		if v.Name == word {
			c.verb, c.rest = word, args[1:]
			return nil
		}
	}
	if word == "help" || c.help || c.version {
		c.help = !c.version
		return nil
	}
	return c.legacy(args)
}

// forCommand puts the call into the order that the library wants: flags, "--",
// file names.
func (c *commandLine) forCommand(a *App, cmd *urfave.Command) ([]string, error) {
	takesValue := map[string]bool{"help": false, "h": false}
	var names []string
	for _, f := range cmd.Flags {
		doc, ok := f.(urfave.DocGenerationFlag)
		for _, name := range f.Names() {
			takesValue[name] = ok && doc.TakesValue()
			names = append(names, name)
		}
	}
	ready := []string{"gitsecrets", cmd.Name}
	for _, o := range c.before {
		if _, ok := takesValue[o.name]; !ok {
			if o.name != "check-for-updates" {
				a.Warnf("--%s has no effect on %s and is ignored", o.name, cmd.Name)
			}
			continue
		}
		ready = append(ready, o.arg())
	}
	if slices.ContainsFunc(c.before, func(o option) bool { return o.name == "check-for-updates" }) {
		a.Warnf("--check-for-updates: this program never looks for updates")
	}
	var files []string
	for i := 0; i < len(c.rest); i++ {
		arg := c.rest[i]
		if arg == "--" {
			files = append(files, c.rest[i+1:]...)
			break
		}
		o, isFlag := splitFlag(arg)
		if !isFlag {
			files = append(files, arg)
			continue
		}
		needs, known := takesValue[o.name]
		if !known {
			return nil, unknownFlag(o.name, cmd.Name, names)
		}
		if needs && !o.given {
			if i++; i == len(c.rest) {
				return nil, Usagef("the flag --%s needs a value", o.name)
			}
			o.value, o.given = c.rest[i], true
		}
		if o.name == "help" || o.name == "h" { // the library looks for a topic that is called as the file is
			return []string{"gitsecrets", cmd.Name, "--help"}, nil
		}
		ready = append(ready, o.arg())
	}
	return append(append(ready, "--"), files...), nil
}

func unknownFlag(name, verb string, known []string) error {
	if len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool { return r != '-' && r != '_' && (r|0x20 < 'a' || r|0x20 > 'z') }) {
		// Perhaps a value, such as a private key: it is not repeated.
		e := Usagef("an argument begins with - but is not a flag")
		e.Hint = "put -- before file names and values that begin with -"
		return e
	}
	e := Usagef("there is no flag --%s", name)
	if verb != "" {
		e = Usagef("%s has no flag --%s", verb, name)
	}
	if near := text.Nearest(name, known); near != "" {
		e.Hint = "did you mean --" + near + "?"
	}
	return e
}
