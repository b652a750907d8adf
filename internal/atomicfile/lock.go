package atomicfile

import (
	"context"
	"errors"
	"os"
	"time"
)

// Lock keeps other processes that lock the same file waiting. It ends with the
// process, however that ends. Programs that ask for no lock are not kept: that the bytes are
// compared just before they are replaced is for them.
//
// The file itself is locked, by whatever name it was found, and nothing is left
// beside it. What takes its place by a rename is another file: whoever waited
// for the old one looks again.
type Lock struct{ f *os.File }

// ErrLocked: another process holds the lock, and did not let go in time.
var ErrLocked = errors.New("another gitsecrets is changing the file, and did not end in time")

// LockOptions: the zero value waits a minute.
type LockOptions struct {
	// Patience is how long to wait; 0 means a minute.
	Patience time.Duration
	// Waiting is called once, if the wait takes longer than it takes to change a
	// file; nil is not.
	Waiting func()
}

// noteworthy is how long a wait lasts before it is told.
const noteworthy = 2 * time.Second

// LockFile locks the file at path, and waits for it where it must. A file that is not there,
// that may not be written, or that lies where there are no locks is not locked,
// which is no error. Unlock must follow.
func LockFile(ctx context.Context, path string, opts LockOptions) (*Lock, error) {
	if opts.Patience <= 0 {
		opts.Patience = time.Minute
	}
	if opts.Waiting == nil {
		opts.Waiting = func() {}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, opts.Patience, ErrLocked)
	defer cancel()
	told := time.AfterFunc(min(noteworthy, opts.Patience), opts.Waiting)
	defer told.Stop()
	for {
		f := openToLock(path)
		if f == nil {
			return &Lock{}, nil
		}
		locked, err := waitForLock(ctx, f)
		switch {
		case err != nil:
			return nil, err
		case !locked:
			f.Close()
			return &Lock{}, nil
		case isAt(f, path):
			return &Lock{f}, nil
		}
		f.Close() // it was replaced in the meantime
	}
}

// Unlock lets the next one go on. A nil Lock may be unlocked.
func (l *Lock) Unlock() {
	if l != nil && l.f != nil {
		_ = l.f.Close() // nothing was written through it
		l.f = nil
	}
}

// waitForLock waits in a goroutine of its own, which the end of ctx leaves
// behind: a wait in the system can end at any moment, or never.
func waitForLock(ctx context.Context, f *os.File) (locked bool, err error) {
	if locked, err := lock(f, false); err == nil {
		return locked, nil
	}
	type result struct {
		locked bool
		err    error
	}
	ended := make(chan result, 1)
	go func() {
		locked, err := lock(f, true)
		ended <- result{locked, err}
	}()
	select {
	case r := <-ended:
		return r.locked, r.err
	case <-ctx.Done():
		go func() { <-ended; f.Close() }()
		return false, context.Cause(ctx)
	}
}
