package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// files makes files in a folder of its own, each holding its name.
func files(t *testing.T, names ...string) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return dir, paths
}

// upper replaces a file by its text in capitals.
func upper(_ context.Context, path string) (Result, error) {
	data, err := os.ReadFile(path)
	return Result{Data: []byte(strings.ToUpper(string(data))), Read: data}, err
}

// wantFolder fails unless dir holds just these files: name=text.
func wantFolder(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Name()+"="+string(text))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestRunReplacesAll(t *testing.T) {
	dir, paths := files(t, "a", "b", "c")
	last := 0
	opts := Options{Workers: 2, Progress: func(done, total int) { last = done*10 + total }}
	if err := Run(context.Background(), paths, opts, upper); err != nil {
		t.Fatal(err)
	}
	wantFolder(t, dir, "a=A", "b=B", "c=C")
	if last != 33 {
		t.Errorf("progress ended at %d, want 3 of 3", last)
	}
}

func TestNilLeavesAFile(t *testing.T) {
	dir, paths := files(t, "a", "b")
	err := Run(context.Background(), paths, Options{}, func(ctx context.Context, path string) (Result, error) {
		if strings.HasSuffix(path, "a") {
			return Result{}, nil
		}
		return upper(ctx, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFolder(t, dir, "a=a", "b=B")
}

// One failure leaves every file as it was, and every failure is told, in the
// order of the files.
func TestOneFailureChangesNothing(t *testing.T) {
	dir, paths := files(t, "a", "b", "c", "d")
	sentinel := errors.New("no")
	err := Run(context.Background(), paths, Options{}, func(ctx context.Context, path string) (Result, error) {
		switch filepath.Base(path) {
		case "b":
			return Result{}, sentinel
		case "d":
			panic("a secret")
		}
		return upper(ctx, path)
	})
	var failed Errors
	if !errors.As(err, &failed) || len(failed) != 2 || failed[0].Path != paths[1] || failed[1].Path != paths[3] {
		t.Fatalf("error %v, want those of b and d", err)
	}
	if !errors.Is(err, sentinel) {
		t.Errorf("%v does not lead to its reason", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Error("the error quotes a panic, which may hold plaintext")
	}
	wantFolder(t, dir, "a=a", "b=b", "c=c", "d=d")
}

// A failure while files are replaced brings the replaced ones back.
func TestReplacingFailsMidway(t *testing.T) {
	dir, paths := files(t, "a", "b", "c")
	var results []Result
	for _, path := range paths {
		r, err := upper(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	// The last file changes after it was read: Prepare sees it.
	results[2].Read = []byte("something else")
	if err := replace(paths, results, nil, Options{}); err == nil {
		t.Fatal("a file that changed meanwhile was replaced")
	}
	wantFolder(t, dir, "a=a", "b=b", "c=c")

	// It vanishes behind a folder when others are renamed already.
	results[2].Read = []byte("c")
	err := replaceWhile(t, paths, results, func() {
		if err := errors.Join(os.Remove(paths[2]), os.Mkdir(paths[2], 0o700)); err != nil {
			t.Fatal(err)
		}
	})
	var failed Errors
	if !errors.As(err, &failed) || len(failed) != 1 || failed[0].Path != paths[2] {
		t.Errorf("error %v, want that of c alone", err)
	}
	wantFolder(t, dir, "a=a", "b=b")
}

// replaceWhile is replace with something happening between its two halves.
func replaceWhile(t *testing.T, paths []string, results []Result, happens func()) error {
	t.Helper()
	pending, err := prepare(paths, results, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	happens()
	err = commit(paths, results, pending)
	return errors.Join(err, discard(pending))
}

func TestFilesNamedTwice(t *testing.T) {
	dir, paths := files(t, "a", "b")
	link, hard := filepath.Join(dir, "link"), filepath.Join(dir, "hard")
	if err := errors.Join(os.Symlink("a", link), os.Link(paths[1], hard)); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	all := []string{paths[0], paths[0], filepath.Join(dir, ".", "x", "..", "a"), link, paths[1], hard}
	err := Run(context.Background(), all, Options{}, func(ctx context.Context, path string) (Result, error) {
		calls.Add(1)
		return upper(ctx, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := calls.Load(); n != 2 {
		t.Errorf("worked on %d files, want 2", n)
	}
	if to, err := os.Readlink(link); err != nil || to != "a" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	wantFolder(t, dir, "a=A", "b=B", "hard=b", "link=A")
}

func TestCancel(t *testing.T) {
	dir, paths := files(t, "a", "b")
	ctx, cancel := context.WithCancel(context.Background())
	err := Run(ctx, paths, Options{Workers: 1}, func(ctx context.Context, path string) (Result, error) {
		cancel()
		return upper(ctx, path)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	wantFolder(t, dir, "a=a", "b=b")
}

func TestManyFiles(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("f%03d", i))
	}
	dir, paths := files(t, names...)
	if err := Run(context.Background(), paths, Options{Workers: 32}, upper); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		names[i] = name + "=" + strings.ToUpper(name)
	}
	wantFolder(t, dir, names...)
}
