// Package batch changes many files at once, all or none.
//
// Call [Run]: it computes the new content of every file, on several files at
// once, and replaces the first only when the last is computed. One failure
// leaves every file as it was.
package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/signals"
)

// Result is what becomes of one file.
type Result struct {
	// Data is the new content; nil leaves the file as it is.
	Data []byte
	// Read is what the file held when it was read. It must still hold it when
	// it is replaced; nil does not ask.
	Read []byte
}

// Options: the zero value is a sound choice.
type Options struct {
	// Workers is how many files are worked on at once; 0 means two for each
	// core.
	Workers int
	// Progress is called after each file, by one goroutine at a time; nil is
	// not.
	Progress func(done, total int)
	// Waiting is called where another process keeps a file locked for long; nil is
	// not.
	Waiting func(path string)
	// InPlace is called before a file is written in place, as in
	// [atomicfile.Options]; nil is not. Several goroutines may call it at once.
	InPlace func(path, copy string, why error)
}

// Failure is a file that failed.
type Failure struct {
	Path string
	Err  error
}

// Errors are the files that failed, in the order in which they were given.
type Errors []Failure

func (e Errors) Error() string {
	msg := ""
	for i, f := range e {
		if i > 0 {
			msg += "\n"
		}
		msg += f.Path + ": " + f.Err.Error()
	}
	return msg
}

// Unwrap gives the errors of all files to errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, f := range e {
		errs[i] = f.Err
	}
	return errs
}

// Run calls f for each path and then replaces the files with what f returned.
// A file that is named twice, also by a link, is worked on once. The results
// of all files are held in memory until then. The error is Errors, or the
// context's.
//
// The files are locked from before f reads them until they are replaced, so that of two
// runs at once each builds on the other. Beyond maxLocks files a run could need more open
// files than a process may have: they are locked one by one, as they are replaced, and where
// somebody changed one in the meantime the run fails.
func Run(ctx context.Context, paths []string, opts Options, f func(ctx context.Context, path string) (Result, error)) error {
	paths = distinct(paths)
	locks, err := lockAll(ctx, paths, opts.Waiting)
	if err != nil {
		return err
	}
	defer locks.release()
	results := make([]Result, len(paths))
	errs := make([]error, len(paths))
	workers := opts.Workers
	if workers <= 0 {
		workers = 2 * runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	done := 0
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(workers, len(paths)) {
		wait.Go(func() {
			for i := range next {
				results[i], errs[i] = guarded(ctx, paths[i], f)
				mu.Lock()
				done++
				if opts.Progress != nil {
					opts.Progress(done, len(paths))
				}
				mu.Unlock()
			}
		})
	}
	for i := range paths {
		next <- i
	}
	close(next)
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := collect(paths, errs); err != nil {
		return err
	}
	return replace(paths, results, locks, opts)
}

// guarded turns a panic into an error that tells its type only: its text may
// hold plaintext.
func guarded(ctx context.Context, path string, f func(context.Context, string) (Result, error)) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error (%T)", p)
		}
	}()
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	return f(ctx, path)
}

func collect(paths []string, errs []error) error {
	var failed Errors
	for i, err := range errs {
		if err != nil {
			failed = append(failed, Failure{paths[i], err})
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return failed
}

// replace writes all new contents beside the files, and only then renames.
// Signals wait meanwhile: they find no file half done and no temporary one.
func replace(paths []string, results []Result, locks locks, opts Options) error {
	defer signals.Hold()()
	pending, err := prepare(paths, results, locks, opts)
	if err == nil {
		err = commit(paths, results, pending)
	}
	if stays := discard(pending); stays != nil && err == nil {
		err = fmt.Errorf("all files are written, but not all temporary files could be removed: %w", stays)
	}
	return err
}

// prepare writes the new contents beside the files.
func prepare(paths []string, results []Result, locks locks, opts Options) ([]*atomicfile.Pending, error) {
	pending := make([]*atomicfile.Pending, len(paths))
	errs := make([]error, len(paths))
	var wait sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i, r := range results {
		if r.Data == nil {
			continue
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			with := atomicfile.Options{Expect: r.Read, NoSync: true, Lock: locks[paths[i]]}
			if opts.InPlace != nil {
				with.InPlace = func(copy string, why error) { opts.InPlace(paths[i], copy, why) }
			}
			pending[i], errs[i] = atomicfile.Prepare(paths[i], r.Data, with)
		})
	}
	wait.Wait()
	if err := collect(paths, errs); err != nil {
		return pending, err
	}
	return pending, atomicfile.Sync(pending)
}

// discard removes what is prepared and not in place.
func discard(pending []*atomicfile.Pending) error {
	var errs []error
	for _, p := range pending {
		if p != nil {
			errs = append(errs, p.Abort())
		}
	}
	return errors.Join(errs...)
}

// commit renames one file after the other, and all back if one fails.
func commit(paths []string, results []Result, pending []*atomicfile.Pending) error {
	for i, p := range pending {
		if p == nil {
			continue
		}
		err := p.Rename()
		if err == nil {
			continue
		}
		failed := Errors{{paths[i], err}}
		for j := i - 1; j >= 0; j-- {
			if pending[j] == nil {
				continue
			}
			if err := pending[j].Undo(results[j].Read); err != nil {
				failed = append(failed, Failure{paths[j], fmt.Errorf("was changed and cannot be changed back: %w", err)})
			}
		}
		return failed
	}
	atomicfile.SyncFolders(pending)
	return nil
}

// distinct drops paths that lead to a file named before. What cannot be
// looked at stays, to fail by its name.
func distinct(paths []string) []string {
	var out []string
	seen := map[string]bool{}
	var linked []os.FileInfo // files with several names, few as a rule
	for _, path := range paths {
		name := canonical(path)
		if seen[name] {
			continue
		}
		seen[name] = true
		if info, err := os.Stat(path); err == nil && links(info) > 1 {
			if slices.ContainsFunc(linked, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
				continue
			}
			linked = append(linked, info)
		}
		out = append(out, path)
	}
	return out
}

// canonical is the one name of a file behind links.
func canonical(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}
