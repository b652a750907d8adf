//go:build interop && !linux

package actiontest

import "os/exec"

func ownNetwork(*exec.Cmd) bool { return false }

func loopbackUp() error { return nil }
