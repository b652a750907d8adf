// Package gates holds no code. Its tests are a table of ways to bring a secret
// to a server in the clear, each with the gates that must hold it, and of
// ordinary work that every gate must let pass. Real git and the built program
// run each row.
package gates
