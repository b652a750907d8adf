// Package archtest holds no code. Its tests hold the module to the import table
// of the design: which room may import which, and what none may do.
package archtest
