package cli

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// legacy turns a call without a verb, which sops still knows, into one with:
// -d, -e, -r and --set, or edit if none of them is given.
func (c *commandLine) legacy(args []string) error {
	args, err := c.flagsBehind(args)
	if err != nil {
		return err
	}
	verb, setting := "", ""
	var kept []option
	for _, o := range c.before {
		as := map[string]string{"d": "decrypt", "decrypt": "decrypt", "e": "encrypt", "encrypt": "encrypt", "r": "rotate", "rotate": "rotate", "set": "set"}[o.name]
		if as == "" || o.given && o.value == "false" {
			kept = append(kept, o)
			continue
		}
		if verb != "" && verb != as {
			return &UsageError{Msg: "more than one of --encrypt, --decrypt, --rotate and --set", Code: ExitConflict}
		}
		verb, setting = as, o.value
	}
	c.before, c.rest = kept, args
	if verb == "" {
		if len(args) == 0 {
			return &UsageError{Msg: "no file named", Code: ExitNoFile, Hint: "gitsecrets --help lists the verbs"}
		}
		if err := c.looksLikeFile(args[0]); err != nil {
			return err
		}
		verb = "edit"
	}
	c.verb = verb
	if verb != "set" {
		if len(args) == 0 {
			return &UsageError{Msg: "no file named", Code: ExitNoFile}
		}
		return c.checkThere(args)
	}
	// --set '["a"]["b"] value': the index ends at the first "] ".
	index, value, ok := strings.Cut(setting, "] ")
	if !ok || len(args) == 0 {
		return &UsageError{Msg: `--set needs an index and a value: '["key"] "value"'`, Code: ExitBadSet}
	}
	c.rest = append([]string{"--"}, args[0], strings.TrimRight(index+"]", " "), value)
	return nil
}

// flagsBehind takes the flags behind the file out of args: without a verb they
// mean what they mean before it.
func (c *commandLine) flagsBehind(args []string) (files []string, err error) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(files, args[i:]...), nil
		}
		o, isFlag := splitFlag(args[i])
		switch {
		case !isFlag:
			files = append(files, args[i])
			continue
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
		c.before = append(c.before, o)
	}
	return files, nil
}

// checkThere gives a file that is not there the code that sops has for it in a
// call without a verb, where that is not the verb's.
func (c *commandLine) checkThere(args []string) error {
	name := args[0]
	if name == "--" && len(args) > 1 {
		name = args[1]
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, o := range c.before {
		if (strings.HasPrefix(o.name, "add-") || strings.HasPrefix(o.name, "rm-")) && o.value != "" {
			return Coded(ExitNoSuchFile, InFile(name, errors.New("there is no such file: keys cannot be added to it or removed")))
		}
	}
	if c.verb == "rotate" {
		return Coded(ExitNoFile, InFile(name, ErrNoSuchFile))
	}
	return nil
}

// looksLikeFile keeps a mistyped verb from opening an editor on a new file of that
// name: a file that is not there must have a dot or a folder in its name.
func (c *commandLine) looksLikeFile(name string) error {
	if strings.ContainsAny(name, "./\\") {
		return nil
	}
	if _, err := os.Lstat(name); err == nil {
		return nil
	}
	var names []string
	for _, v := range c.app.alone() {
		names = append(names, v.Name)
	}
	e := Usagef("there is no verb or file with the name %q", name)
	if near := text.Nearest(name, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}
