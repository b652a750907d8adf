// Command gitsecrets keeps secrets in Git, encrypted, in the SOPS file format.
package main

import (
	"os"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	os.Exit(cli.New(version, cli.FilesVerbs(), cli.RepoVerbs(), cli.CIVerbs()).Run(os.Args[1:]))
}
