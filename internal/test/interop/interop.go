// Package interop holds no code. Its tests hold this module to sops: files that
// older releases wrote must open, and with the build tag interop (make
// test-interop) the released program and ours read and change each other's files.
package interop
