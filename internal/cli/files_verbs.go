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
		{"encrypt", "encrypt a file by its rule", func(a *App) *urfave.Command { return newFilesVerbs(a).encryptCommand() }},
		{"decrypt", "decrypt a file", func(a *App) *urfave.Command { return newFilesVerbs(a).decryptCommand() }},
		{"edit", "edit an encrypted file in an editor", func(a *App) *urfave.Command { return newFilesVerbs(a).editCommand() }},
		{"set", "set a value in an encrypted file", func(a *App) *urfave.Command { return newFilesVerbs(a).setCommand() }},
		{"unset", "remove a value from an encrypted file", func(a *App) *urfave.Command { return newFilesVerbs(a).unsetCommand() }},
		{"rotate", "make a new data key and encrypt every value anew", func(a *App) *urfave.Command { return newFilesVerbs(a).rotateCommand() }},
		{"updatekeys", "bring the master keys of files in line with their rules", func(a *App) *urfave.Command { return newFilesVerbs(a).updatekeysCommand() }},
		{"exec-env", "run a command with the decrypted values in its environment", func(a *App) *urfave.Command { return newFilesVerbs(a).execEnvCommand() }},
		{"exec-file", "run a command with the decrypted file", func(a *App) *urfave.Command { return newFilesVerbs(a).execFileCommand() }},
		{"filestatus", "say whether a file is encrypted", func(a *App) *urfave.Command { return newFilesVerbs(a).filestatusCommand() }},
		{"keygen", "make an age identity", func(a *App) *urfave.Command { return newFilesVerbs(a).keygenCommand() }},
	}
}
