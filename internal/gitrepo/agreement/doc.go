// Package agreement holds package gitrepo to go-git, a reader of repositories
// that shares no code with the git program. It is a module of its own, for tests only:
// go-git reads a history at more than ten times the processor time of git, and fails on SHA-256,
// alternates, split and sparse indexes and names with line breaks, so that no program of ours links it.
package agreement
