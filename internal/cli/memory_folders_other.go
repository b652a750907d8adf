//go:build !linux

package cli

// memoryFolders lists folders that live in memory: none that every such system
// has.
func memoryFolders(func(string) string) []string { return nil }
