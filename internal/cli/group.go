package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// ciGroup is the word before the verbs that CI jobs use.
const ciGroup = "ci"

// ciVerb finds the verb that stands behind "ci".
func (c *commandLine) ciVerb(rest []string) error {
	if len(rest) == 0 || slices.Contains([]string{"--help", "-h", "help"}, rest[0]) {
		c.verb, c.help = ciGroup, true
		return nil
	}
	for _, v := range c.app.grouped() {
		if v.Name == ciGroup+" "+rest[0] {
			c.verb, c.rest = v.Name, rest[1:]
			return nil
		}
	}
	e := Usagef("ci has no verb %q", rest[0])
	e.Hint = c.app.ciHelp()
	return e
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
