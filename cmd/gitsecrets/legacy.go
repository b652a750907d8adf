package main

import (
	"os"
	"strings"

	"github.com/gitsecrets/gitsecrets/policy"
)

// legacy turns a call without a verb, which sops still knows, into one with:
// -d, -e, -r and --set, or edit if none of them is given.
func (c *call) legacy(args []string) error {
	verb, setting := "", ""
	var kept []option
	for _, o := range c.before {
		as := map[string]string{"d": "decrypt", "decrypt": "decrypt", "e": "encrypt", "encrypt": "encrypt", "r": "rotate", "rotate": "rotate", "set": "set"}[o.name]
		if as == "" || o.given && o.value == "false" {
			kept = append(kept, o)
			continue
		}
		if verb != "" && verb != as {
			return &usageError{msg: "more than one of --encrypt, --decrypt, --rotate and --set", code: exitConflict}
		}
		verb, setting = as, o.value
	}
	c.before, c.rest = kept, args
	if verb == "" {
		if len(args) == 0 {
			return &usageError{msg: "no file named", code: exitNoFile, hint: "gitsecrets --help tells the verbs"}
		}
		if err := looksLikeFile(args[0]); err != nil {
			return err
		}
		verb = "edit"
	}
	c.verb = verb
	if verb != "set" {
		if len(args) == 0 {
			return &usageError{msg: "no file named", code: exitNoFile}
		}
		return nil
	}
	// --set '["a"]["b"] value': the index ends at the first "] ".
	index, value, ok := strings.Cut(setting, "] ")
	if !ok || len(args) == 0 {
		return &usageError{msg: `--set needs an index and a value: '["key"] "value"'`, code: exitBadSet}
	}
	c.rest = append([]string{"--"}, args[0], strings.TrimRight(index+"]", " "), value)
	return nil
}

// looksLikeFile keeps a mistyped verb from opening an editor on a new file of that
// name: a file that is not there must have a dot or a folder in its name.
func looksLikeFile(name string) error {
	if strings.ContainsAny(name, "./\\") {
		return nil
	}
	if _, err := os.Lstat(name); err == nil {
		return nil
	}
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	e := usagef("there is no verb %q, and no file of that name", name)
	if near := policy.Nearest(name, names); near != "" {
		e.hint = "did you mean " + near + "?"
	}
	return e
}
