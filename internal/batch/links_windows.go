package batch

import "io/fs"

// links is not known without opening the file.
func links(fs.FileInfo) uint64 { return 1 }
