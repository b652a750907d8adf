//go:build !linux

package cli

// MemoryFolders lists folders that live in memory: none that every such system
// has.
func MemoryFolders(func(string) string) []string { return nil }
