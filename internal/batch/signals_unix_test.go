//go:build unix

package batch

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/signals"
)

// TestSignalWaits runs itself again: a signal that comes while files are
// replaced ends the program when all are.
func TestSignalWaits(t *testing.T) {
	if dir := os.Getenv("BATCH_TEST_DIR"); dir != "" {
		release := signals.Hold()
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		err := Run(context.Background(), []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}, Options{}, upper)
		if err != nil {
			t.Fatal(err)
		}
		release()
		select {} // the signal is on its way
	}
	dir, _ := files(t, "a", "b")
	cmd := exec.Command(os.Args[0], "-test.run", "^TestSignalWaits$")
	cmd.Env = append(os.Environ(), "BATCH_TEST_DIR="+dir)
	err := cmd.Run()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("the program ended with %v, want by SIGTERM", err)
	}
	wantFolder(t, dir, "a=A", "b=B")
}
