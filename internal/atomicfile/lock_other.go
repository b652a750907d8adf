//go:build unix && !linux

package atomicfile

import "os"

func lockSystem(f *os.File, wait bool) error { return lockBSD(f, wait) }
