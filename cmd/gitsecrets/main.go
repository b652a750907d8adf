// Command gitsecrets keeps secrets in Git, encrypted, in the SOPS file format.
package main

import "os"

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	os.Exit(newApp(version).run(os.Args[1:]))
}
