package batch

import (
	"context"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
)

// maxLocks is how many files a run locks at once: each is an open file, of which a
// process may have 1024 on many systems.
const maxLocks = 256

// locks are the locks of a run by the path of the file.
type locks map[string]*atomicfile.Lock

// lockAll locks all files. Two runs over the same files lock them in the same
// order, by the one name that each has, so that neither waits for the other for ever.
func lockAll(ctx context.Context, paths []string, waiting func(path string)) (locks, error) {
	if len(paths) > maxLocks {
		return nil, nil
	}
	names := map[string]string{}
	for _, path := range paths {
		names[path] = canonical(path)
	}
	ordered := slices.Clone(paths)
	slices.SortFunc(ordered, func(a, b string) int { return strings.Compare(names[a], names[b]) })
	held := locks{}
	for _, path := range ordered {
		lock, err := atomicfile.LockFile(ctx, path, atomicfile.LockOptions{Waiting: func() {
			if waiting != nil {
				waiting(path)
			}
		}})
		if err != nil {
			held.release()
			return nil, Errors{{path, err}}
		}
		held[path] = lock
	}
	return held, nil
}

func (l locks) release() {
	for _, lock := range l {
		lock.Unlock()
	}
}
