//go:build interop

package actiontest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Where TestMain leaves the program that it builds, and in whose network it is.
const (
	programVariable = "GITSECRETS_ACTIONTEST_PROGRAM"
	networkVariable = "GITSECRETS_ACTIONTEST_NETWORK"
)

// TestMain builds gitsecrets and runs the tests where they can reach this
// machine's loopback alone.
func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		if err := loopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, "loopback:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	code, err := inOwnNetwork()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func inOwnNetwork() (int, error) {
	dir, err := os.MkdirTemp("", "gitsecrets-actiontest-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "gitsecrets")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "urfave_cli_no_docs", "-o", program, "../../../cmd/gitsecrets")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	for _, alone := range []bool{true, false} {
		again := exec.Command(self, os.Args[1:]...)
		again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
		again.Env = append(os.Environ(), programVariable+"="+program)
		if alone {
			if !ownNetwork(again) {
				continue
			}
			again.Env = append(again.Env, networkVariable+"=own")
		}
		if err := again.Start(); err != nil {
			if alone {
				fmt.Fprintln(os.Stderr, "no network of its own for the tests:", err)
				continue
			}
			return 1, err
		}
		again.Wait() // its code says it
		return again.ProcessState.ExitCode(), nil
	}
	return 1, nil
}
