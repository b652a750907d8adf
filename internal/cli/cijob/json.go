package cijob

import (
	"encoding/json"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// printJSON prints what a ci verb did. What a runner would take for a command is
// written with escapes of JSON's, so that programs read what was meant.
func (a *verbs) printJSON(v any) error {
	indented, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = a.Words().Write(append(text.EscapeCommandsInJSON(indented), '\n'))
	return err
}
