// Package policy reads .sops.yaml and says which rule governs a file.
//
// Call [NewResolver] with the tree of files and ask it for the [Rule] of a
// path. The package is pure: it reads nothing but the fs.FS it is handed, and
// contacts nobody. A policy that does not parse is an error, never "no rule".
package policy
