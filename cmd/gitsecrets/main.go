// Command gitsecrets keeps secrets in Git, encrypted, in the SOPS file format.
package main

import (
	"os"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/cli/cijob"
	"github.com/gitsecrets/gitsecrets/internal/cli/files"
	"github.com/gitsecrets/gitsecrets/internal/cli/repo"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	os.Exit(cli.New(version, files.Verbs(), repo.Verbs(), cijob.Verbs()).Run(os.Args[1:]))
}
