package main

import (
	"encoding/json"

	"github.com/gitsecrets/gitsecrets/ci"
)

// printJSON prints what a ci verb did. What a runner would take for a command is
// written with escapes of JSON's, so that programs read what was meant.
func (a *app) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = a.words().Write(append(ci.UnarmedJSON(text), '\n'))
	return err
}
