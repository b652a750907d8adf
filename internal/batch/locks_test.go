package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
)

// Runs over the same files, in other orders: each builds on the other, and none
// waits for ever.
func TestRunsBuildOnEachOther(t *testing.T) {
	_, paths := files(t, "a", "b", "c", "d")
	var wait sync.WaitGroup
	for i := range 8 {
		order := slices.Clone(paths)
		if i%2 == 0 {
			slices.Reverse(order)
		}
		wait.Go(func() {
			err := Run(context.Background(), order, Options{}, func(_ context.Context, path string) (Result, error) {
				data, err := os.ReadFile(path)
				return Result{Data: append(bytes.Clone(data), '+'), Read: data}, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, path := range paths {
		if data, err := os.ReadFile(path); err != nil || strings.Count(string(data), "+") != 8 {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
}

// Beyond the number of files that are locked at once, nothing is lost either: of two runs one
// may fail, and then it changed nothing.
func TestManyFilesAreLockedAsTheyAreReplaced(t *testing.T) {
	var names []string
	for i := range maxLocks + 10 {
		names = append(names, fmt.Sprintf("f%03d", i))
	}
	_, paths := files(t, names...)
	good := make([]bool, 2)
	var wait sync.WaitGroup
	for i := range good {
		wait.Go(func() {
			err := Run(context.Background(), paths, Options{}, func(_ context.Context, path string) (Result, error) {
				data, err := os.ReadFile(path)
				return Result{Data: append(bytes.Clone(data), byte('A'+i)), Read: data}, err
			})
			good[i] = err == nil
			if err != nil && !errors.Is(err, atomicfile.ErrChanged) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for j, ok := range good {
			if strings.Contains(string(data), string(rune('A'+j))) != ok {
				t.Fatalf("%s: %q, and run %d succeeded: %t", names[i], data, j, ok)
			}
		}
	}
}
