//go:build unix

package atomicfile

import "syscall"

// NoFollow is a flag of [os.OpenFile]: a symbolic link is an error, and a FIFO is not
// waited for.
const NoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
