package atomicfile

// isRefused: Windows refuses to replace a file that somebody has open, and to write it then would
// tear it.
func isRefused(error) bool { return false }

func isUnmapped(error) bool { return false }
