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

func newFilesVerbs(a *cli.App) *verbs {
	v := &verbs{App: a}
	a.AtEnd(v.tellDepartures)
	return v
}

// Verbs lists the verbs on files.
func Verbs() []cli.Verb {
	return []cli.Verb{
		{Name: "encrypt", Usage: "encrypt a file by its rule", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).encryptCommand() }},
		{Name: "decrypt", Usage: "decrypt a file", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).decryptCommand() }},
		{Name: "edit", Usage: "edit an encrypted file in an editor", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).editCommand() }},
		{Name: "set", Usage: "set a value in an encrypted file", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).setCommand() }},
		{Name: "unset", Usage: "remove a value from an encrypted file", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).unsetCommand() }},
		{Name: "rotate", Usage: "make a new data key and encrypt every value anew", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).rotateCommand() }},
		{Name: "updatekeys", Usage: "bring the master keys of files in line with their rules", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).updatekeysCommand() }},
		{Name: "exec-env", Usage: "run a command with the decrypted values in its environment", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).execEnvCommand() }},
		{Name: "exec-file", Usage: "run a command with the decrypted file", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).execFileCommand() }},
		{Name: "filestatus", Usage: "say whether a file is encrypted", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).filestatusCommand() }},
		{Name: "keygen", Usage: "make an age identity", Command: func(a *cli.App) *urfave.Command { return newFilesVerbs(a).keygenCommand() }},
	}
}
