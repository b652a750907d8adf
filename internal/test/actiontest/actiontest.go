// Package actiontest holds no code. Its tests, behind the build tag interop, run
// the GitHub Action in a workflow by act, the Action's own tests by Node, and what
// docs/ci/ says about other CIs, all in a network of their own where the system
// allows to make one. "make test-interop" installs what they need.
package actiontest
