package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// emptyFile is what the runner makes for a step.
func emptyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set_env_x")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAppendRunnerFile(t *testing.T) {
	path := emptyFile(t)
	pairs := []outputs.Pair{{Name: "A", Value: "plain"}, {Name: "B", Value: "two\nlines"}, {Name: "C", Value: ""}, {Name: "D", Value: "ends in a line end\n"}, {Name: "E", Value: "ghadelimiter_ and A<<EOF\nx=y\nEOF"},
		{Name: "F", Value: "\r\nCR\r"}, {Name: "G", Value: "::set-env name=X::y"}, {Name: "h_1", Value: "日本"}}
	if err := AppendFile(path, pairs[:4]); err != nil {
		t.Fatal(err)
	}
	if err := AppendFile(path, pairs[4:]); err != nil {
		t.Fatal(err)
	}
	text := citest.ReadFile(t, path)
	got, err := parseRunnerFile(text)
	if err != nil || !slices.Equal(got, pairs) {
		t.Errorf("the runner reads %q, %v, want %q", got, err, pairs)
	}
	delimiters := regexp.MustCompile(`<<(ghadelimiter_[0-9a-f]{32})\r?\n`).FindAllStringSubmatch(text, -1)
	seen := map[string]bool{}
	for _, d := range delimiters {
		seen[d[1]] = true
	}
	if len(seen) != len(pairs) {
		t.Errorf("%d delimiters for %d variables", len(seen), len(pairs))
	}
	if !strings.HasSuffix(text, "\n") {
		t.Error("the file does not end with a line end")
	}
}

// What a step wrote before, without a line end, stays a line of its own.
func TestAppendRunnerFileBehind(t *testing.T) {
	path := emptyFile(t)
	if err := os.WriteFile(path, []byte("FIRST=1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := AppendFile(path, []outputs.Pair{{Name: "SECOND", Value: "2"}}); err != nil {
		t.Fatal(err)
	}
	got, err := parseRunnerFile(citest.ReadFile(t, path))
	if want := []outputs.Pair{{Name: "FIRST", Value: "1"}, {Name: "SECOND", Value: "2"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestAppendRunnerFileRefuses(t *testing.T) {
	for name, pairs := range map[string][]outputs.Pair{
		"NUL":         {{Name: "A", Value: "1"}, {Name: "B", Value: "canary\x00"}},
		"not UTF-8":   {{Name: "A", Value: "1"}, {Name: "B", Value: "canary\xff"}},
		"bad name":    {{Name: "A", Value: "1"}, {Name: "B\nX=y", Value: "canary"}},
		"empty name":  {{Name: "", Value: "canary"}},
		"equals sign": {{Name: "A=B", Value: "canary"}},
		"twice":       {{Name: "A", Value: "canary"}, {Name: "A", Value: "2"}},
	} {
		path := emptyFile(t)
		var e *call.Error
		err := AppendFile(path, pairs)
		if !errors.As(err, &e) || e.Failure != call.BadSetting || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want a bad setting", name, err)
		}
		if text := citest.ReadFile(t, path); text != "" {
			t.Errorf("%s: something was written", name)
		}
	}
	if _, err := runnerEntry(outputs.Pair{Name: "A", Value: "x ghadelimiter_1 y"}, "ghadelimiter_1"); err == nil {
		t.Error("a value with the delimiter was written")
	}
}

func TestAppendRunnerFileOnlyToTheRunnersFile(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "target")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here")
	}
	pairs := []outputs.Pair{{Name: "A", Value: "1"}}
	for _, path := range []string{link, dir, filepath.Join(dir, "missing"), os.DevNull} {
		if err := AppendFile(path, pairs); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	if citest.ReadFile(t, target) != "" {
		t.Error("a symbolic link was followed")
	}
	if _, err := os.Lstat(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a missing file was made")
	}
	if err := AppendFile(filepath.Join(dir, "missing"), pairs); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want one that is fs.ErrNotExist", err)
	}
}

// The law of the runner's files: the runner reads what was meant.
func FuzzRunnerFile(f *testing.F) {
	f.Add("A", "plain", "B", "two\nlines", "")
	f.Add("A", "\r", "B", "\n\n", "X=1")
	f.Add("A", "ghadelimiter_\nA<<B\n", "_", "", "X<<E\ny\nE\n\n")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2, before string) {
		earlier, err := parseRunnerFile(before)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "env")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		pairs := []outputs.Pair{{Name: name1, Value: value1}, {Name: name2, Value: value2}}
		if err := AppendFile(path, pairs); err != nil {
			if citest.ReadFile(t, path) != before {
				t.Error("the file was changed in spite of an error")
			}
			return
		}
		got, err := parseRunnerFile(citest.ReadFile(t, path))
		if want := slices.Concat(earlier, pairs); err != nil || !slices.Equal(got, want) {
			t.Errorf("the runner reads %q, %v, want %q", got, err, want)
		}
	})
}
