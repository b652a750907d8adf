package signals

import (
	"os"
	"syscall"
)

// ending: the end of a console, of a session and of the system come as SIGTERM.
func ending() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }
