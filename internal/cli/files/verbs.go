// Package files holds the verbs on files: encrypt, decrypt, edit, set and their like, each
// in the file cmd_NAME.go. [Verbs] lists them for the program.
package files

import (
	"sync"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// verbs are the verbs on files, and what they found out so far.
type verbs struct {
	*cli.App
	departed []fileDeparture // who lost access, to be told at the end
	noting   sync.Mutex      // of departed: verbs work on many files at once
}

func newVerbs(a *cli.App) *verbs {
	v := &verbs{App: a}
	a.AtEnd(v.tellDepartures)
	return v
}

// of makes a verb's command when it is called.
func of(command func(*verbs) *urfave.Command) func(*cli.App) *urfave.Command {
	return func(a *cli.App) *urfave.Command { return command(newVerbs(a)) }
}

// Verbs lists the verbs on files.
func Verbs() []cli.Verb {
	return []cli.Verb{
		{Name: "encrypt", Usage: "encrypt a file by its rule", Command: of((*verbs).encryptCommand)},
		{Name: "decrypt", Usage: "decrypt a file", Command: of((*verbs).decryptCommand)},
		{Name: "edit", Usage: "edit an encrypted file in an editor", Command: of((*verbs).editCommand)},
		{Name: "set", Usage: "set a value in an encrypted file", Command: of((*verbs).setCommand)},
		{Name: "unset", Usage: "remove a value from an encrypted file", Command: of((*verbs).unsetCommand)},
		{Name: "rotate", Usage: "make a new data key and encrypt every value anew", Command: of((*verbs).rotateCommand)},
		{Name: "updatekeys", Usage: "bring the master keys of files in line with their rules", Command: of((*verbs).updatekeysCommand)},
		{Name: "exec-env", Usage: "run a command with the decrypted values in its environment", Command: of((*verbs).execEnvCommand)},
		{Name: "exec-file", Usage: "run a command with the decrypted file", Command: of((*verbs).execFileCommand)},
		{Name: "filestatus", Usage: "say whether a file is encrypted", Command: of((*verbs).filestatusCommand)},
		{Name: "keygen", Usage: "make an age identity", Command: of((*verbs).keygenCommand)},
	}
}
