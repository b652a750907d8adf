package atomicfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// addLine is what a writer does: read, compute, replace, under the lock.
func addLine(path, line string) error {
	lock, err := LockFile(context.Background(), path, LockOptions{})
	if err != nil {
		return err
	}
	defer lock.Unlock()
	data, err := Read(path)
	if err != nil {
		return err
	}
	return Write(path, append(bytes.Clone(data), line+"\n"...), Options{Expect: data, Lock: lock})
}

// Writers in one process and in others, by whatever name they know the file:
// no line is lost.
func TestManyWriters(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_TEST_LOCK"); path != "" {
		for i := range 5 {
			if err := addLine(path, fmt.Sprintf("child %d %d", os.Getpid(), i)); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	put(t, path, "", 0o644)
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestManyWriters$")
			cmd.Env = append(os.Environ(), "ATOMICFILE_TEST_LOCK="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
		wait.Go(func() {
			for j := range 5 {
				name := []string{path, link}[j%2]
				if err := addLine(name, fmt.Sprintf("%d %d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n != 40 {
		t.Errorf("%d lines, want 40:\n%s", n, data)
	}
	wantOnly(t, dir, "file", "link")
}

// Who waits is told so, and gives up when the time is over or when it is told to.
func TestALockIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	put(t, path, "old", 0o644)
	held, err := LockFile(t.Context(), path, LockOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var told atomic.Bool
	_, err = LockFile(t.Context(), path, LockOptions{Patience: 50 * time.Millisecond, Waiting: func() { told.Store(true) }})
	if !errors.Is(err, ErrLocked) {
		t.Errorf("error %v, want ErrLocked", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := LockFile(ctx, path, LockOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if !told.Load() {
		t.Error("the wait was not told")
	}
	held.Unlock()
	again, err := LockFile(t.Context(), path, LockOptions{})
	if err != nil {
		t.Fatal(err)
	}
	again.Unlock()
	again.Unlock()
	want(t, path, "old")
}

// A process that is killed lets go.
func TestALockEndsWithItsHolder(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_TEST_HOLD"); path != "" {
		if _, err := LockFile(t.Context(), path, LockOptions{}); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("held\n")
		select {}
	}
	path := filepath.Join(t.TempDir(), "file")
	put(t, path, "old", 0o644)
	cmd := exec.Command(os.Args[0], "-test.run", "^TestALockEndsWithItsHolder$")
	cmd.Env = append(os.Environ(), "ATOMICFILE_TEST_HOLD="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = cmd.Process.Kill() })
	lock, err := LockFile(t.Context(), path, LockOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lock.Unlock()
	if err := cmd.Wait(); err == nil {
		t.Error("the holder ended by itself")
	}
}

// Nothing to lock is no error: the verb says itself what is wrong.
func TestNothingToLock(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none"), dir, os.DevNull} {
		lock, err := LockFile(t.Context(), path, LockOptions{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		lock.Unlock()
	}
	wantOnly(t, dir)
}

// Two that make the same file: one of them does.
func TestANewFileIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new")
	var made atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			switch err := Write(path, []byte("text"), Options{New: true}); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, ErrChanged):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("%d made it, want one", n)
	}
	want(t, path, "text")
	wantOnly(t, dir, "new")
}

// What somebody wrote after a file was replaced is not undone.
func TestUndoLeavesWhatIsNotOurs(t *testing.T) {
	dir := t.TempDir()
	old, made := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, old, "old", 0o644)
	for _, path := range []string{old, made} {
		p, err := Prepare(path, []byte("new"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Commit(); err != nil {
			t.Fatal(err)
		}
		put(t, path, "theirs", 0o644)
		if err := p.Undo([]byte("old")); !errors.Is(err, ErrChanged) {
			t.Errorf("error %v, want ErrChanged", err)
		}
		want(t, path, "theirs")
	}
	wantOnly(t, dir, "a", "b")
}
