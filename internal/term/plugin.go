package term

import (
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// PluginUI lets age plugins talk to the person: messages go to w, a line each,
// questions to the terminal. What a plugin says is escaped.
func (t *Terminal) PluginUI(ctx context.Context, w io.Writer) *plugin.ClientUI {
	say := func(name, message string) {
		fmt.Fprintf(w, "age-plugin-%s: %s\n", text.EscapeLine(name), text.EscapeLine(message))
	}
	return &plugin.ClientUI{
		DisplayMessage: func(name, message string) error {
			say(name, message)
			return nil
		},
		RequestValue: func(name, message string, secret bool) (string, error) {
			prompt := fmt.Sprintf("age-plugin-%s: %s ", name, message)
			if !secret {
				return t.Line(ctx, prompt)
			}
			value, err := t.Secret(ctx, prompt)
			return string(value), err
		},
		Confirm: func(name, message, yes, no string) (bool, error) {
			prompt := fmt.Sprintf("age-plugin-%s: %s", name, message)
			if no == "" {
				_, err := t.Line(ctx, fmt.Sprintf("%s (press enter for %q) ", prompt, yes))
				return err == nil, err
			}
			for range 3 {
				line, err := t.Line(ctx, fmt.Sprintf("%s (1 for %q, 2 for %q) ", prompt, yes, no))
				if err != nil {
					return false, err
				}
				switch line {
				case "1":
					return true, nil
				case "2":
					return false, nil
				}
			}
			return false, errors.New("no answer that the plugin understands")
		},
		WaitTimer: func(name string) { say(name, "waiting for the plugin") },
	}
}
