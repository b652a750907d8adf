package cli

import (
	"sync"

	urfave "github.com/urfave/cli/v2"
)

// filesVerbs are the verbs on files, and what they found out so far.
type filesVerbs struct {
	*App
	departed []fileDeparture // who lost access, to be told at the end
	noting   sync.Mutex      // of departed: verbs work on many files at once
}

func newFilesVerbs(a *App) *filesVerbs {
	v := &filesVerbs{App: a}
	a.AtEnd(v.tellDepartures)
	return v
}

// FilesVerbs lists the verbs on files.
func FilesVerbs() []verb {
	return []verb{
		{name: "encrypt", usage: "encrypt a file by its rule", command: func(a *App) *urfave.Command { return newFilesVerbs(a).encryptCommand() }},
		{name: "decrypt", usage: "decrypt a file", command: func(a *App) *urfave.Command { return newFilesVerbs(a).decryptCommand() }},
		{name: "edit", usage: "edit an encrypted file in an editor", command: func(a *App) *urfave.Command { return newFilesVerbs(a).editCommand() }},
		{name: "set", usage: "set a value in an encrypted file", command: func(a *App) *urfave.Command { return newFilesVerbs(a).setCommand() }},
		{name: "unset", usage: "remove a value from an encrypted file", command: func(a *App) *urfave.Command { return newFilesVerbs(a).unsetCommand() }},
		{name: "rotate", usage: "make a new data key and encrypt every value anew", command: func(a *App) *urfave.Command { return newFilesVerbs(a).rotateCommand() }},
		{name: "updatekeys", usage: "bring the master keys of files in line with their rules", command: func(a *App) *urfave.Command { return newFilesVerbs(a).updatekeysCommand() }},
		{name: "exec-env", usage: "run a command with the decrypted values in its environment", command: func(a *App) *urfave.Command { return newFilesVerbs(a).execEnvCommand() }},
		{name: "exec-file", usage: "run a command with the decrypted file", command: func(a *App) *urfave.Command { return newFilesVerbs(a).execFileCommand() }},
		{name: "filestatus", usage: "say whether a file is encrypted", command: func(a *App) *urfave.Command { return newFilesVerbs(a).filestatusCommand() }},
		{name: "keygen", usage: "make an age identity", command: func(a *App) *urfave.Command { return newFilesVerbs(a).keygenCommand() }},
	}
}
