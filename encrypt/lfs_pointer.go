package encrypt

import "bytes"

// IsLFSPointer reports whether a file is what Git LFS puts in the place of another.
func IsLFSPointer(src []byte) bool {
	return len(src) < maxPointer && (bytes.HasPrefix(src, []byte("version https://git-lfs.github.com/spec/")) || bytes.HasPrefix(src, []byte("version https://hawser.github.com/spec/")))
}

// maxPointer is how large a pointer may be, by the specification of Git LFS.
const maxPointer = 1024
