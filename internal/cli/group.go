package cli

import (
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// ciGroup is the word before the verbs that CI jobs use.
const ciGroup = "ci"

// ciVerb finds the verb that stands behind "ci".
func (c *commandLine) ciVerb(rest []string) error {
	for i, word := range rest {
		if word == "--help" || word == "-h" || word == "help" {
			break
		}
		for _, v := range c.app.grouped() {
			if v.Name == ciGroup+" "+word {
				c.verb, c.rest = v.Name, append(rest[:i:i], rest[i+1:]...)
				return nil
			}
		}
		e := Usagef("ci has no verb %q", word)
		e.Hint = c.app.ciHelp()
		return e
	}
	c.verb, c.help = ciGroup, true
	return nil
}

// ciGroupCommand has the flags of all verbs of the group, for completion.
func (a *App) ciGroupCommand() *urfave.Command {
	cmd := &urfave.Command{Name: ciGroup}
	seen := map[string]bool{}
	for _, v := range a.grouped() {
		for _, f := range v.Command(a).Flags {
			if name := f.Names()[0]; !seen[name] {
				seen[name] = true
				cmd.Flags = append(cmd.Flags, f)
			}
		}
	}
	return cmd
}

func (a *App) ciHelp() string {
	var b strings.Builder
	for i, v := range a.grouped() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("gitsecrets " + v.Name + strings.Repeat(" ", 12-len(v.Name)) + " " + v.Usage)
	}
	return b.String()
}
