//go:build unix

package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const appendVar = "GITSECRETS_TEST_APPEND"

// TestAppendChild is no test, but the process without room of the next one.
func TestAppendChild(t *testing.T) {
	dir := os.Getenv(appendVar)
	if dir == "" {
		return
	}
	restrict(t, "full")
	if err := AppendRunnerFile(filepath.Join(dir, "env"), []Pair{{"A", "1"}, {"B", strings.Repeat("canary", 100)}}); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("the runner's file: got %v", err)
	}
	if err := AppendAudit(filepath.Join(dir, "audit"), AuditRecord{Subject: strings.Repeat("x", 600)}); err == nil {
		t.Error("the audit log: no error")
	}
}

// Without room, a file that is appended to keeps what it had, and no part of
// what it should get.
func TestAppendOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	before := strings.Repeat("X=1\n", 1000) // of 4096 bytes that the child may write
	for _, name := range []string{"env", "audit"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestAppendChild$")
	cmd.Env = append(os.Environ(), appendVar+"="+dir)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, name := range []string{"env", "audit"} {
		if got := readFile(t, filepath.Join(dir, name)); got != before {
			t.Errorf("%s has %d bytes, had %d", name, len(got), len(before))
		}
	}
}

// A FIFO in place of a file is refused, and not waited for.
func TestAppendToAFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := AppendRunnerFile(path, []Pair{{"A", "1"}}); err == nil {
		t.Error("a FIFO was taken for the runner's file")
	}
	if err := AppendAudit(path, AuditRecord{}); err == nil {
		t.Error("a FIFO was taken for a log")
	}
	if _, err := readManifest(path); err == nil {
		t.Error("a FIFO was taken for a manifest")
	}
}

// What others may not write, whoever runs the job, stays as it is.
func TestAppendToAReadOnlyFile(t *testing.T) {
	if os.Geteuid() == 0 {
		return // who may write everything
	}
	path := emptyFile(t)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := AppendRunnerFile(path, []Pair{{"A", "1"}}); err == nil {
		t.Error("a read-only file was written")
	}
}
