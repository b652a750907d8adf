package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// GitError is a git that failed.
type GitError struct {
	Command string // the verb
	Code    int    // exit code; -1 if it was killed
	Said    string // the first line on its stderr, control characters escaped
	Printed string // as it came: up to 64 KiB of its stderr, and its stdout where that was not for a reader
}

// usageCode is git's exit code where it does not know a command or a flag.
const usageCode = 129

func (e *GitError) Error() string {
	if e.Code == usageCode {
		return fmt.Sprintf("git %s: %s: this git is too old, 2.36 or newer is needed", e.Command, e.Said)
	}
	if e.Said == "" {
		return fmt.Sprintf("git %s failed with exit code %d", e.Command, e.Code)
	}
	return fmt.Sprintf("git %s: %s", e.Command, e.Said)
}

// Is makes a folder that git finds no repository in an ErrNoRepository.
func (e *GitError) Is(target error) bool {
	return target == ErrNoRepository && strings.HasPrefix(e.Said, "not a git repository")
}

// safeConfig keeps a repository's configuration from running programs or reaching the network on our behalf.
func safeConfig() []string {
	return []string{
		"--no-pager",
		"-c", "core.fsmonitor=false",
		"-c", "core.hooksPath=/dev/null",
		"-c", "core.quotePath=false",
		"-c", "protocol.allow=never",
		"-c", "submodule.recurse=false",
		"-c", "gc.auto=0",
		"-c", "advice.graftFileDeprecated=false", // it would be taken for what git says of a failure
		"-c", "maintenance.auto=false",
	}
}

// childEnv is the environment of git: the caller's, without what would change what git says, and with relative paths
// made absolute, since git is run in the top folder.
func childEnv(env []string, dir string) []string {
	out := make([]string, 0, len(env)+8)
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "GIT_TRACE") {
			continue // it would be taken for what git says of a failure
		}
		switch name {
		case "LC_ALL", "LANGUAGE", "GIT_PAGER", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
			"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_REPLACE_REF_BASE":
			continue
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_QUARANTINE_PATH":
			if value != "" && !filepath.IsAbs(value) {
				v = name + "=" + filepath.Join(dir, value)
			}
		case "GIT_ALTERNATE_OBJECT_DIRECTORIES":
			if strings.Contains(value, `"`) {
				break // quoted by Git, which writes absolute paths
			}
			list := filepath.SplitList(value)
			for i, p := range list {
				if p != "" && !filepath.IsAbs(p) {
					list[i] = filepath.Join(dir, p)
				}
			}
			v = name + "=" + strings.Join(list, string(filepath.ListSeparator))
		}
		out = append(out, v)
	}
	return append(out, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_TERMINAL_PROMPT=0",
		// Git before 2.45 does not know the first; protocol.file.allow and the like would win over protocol.allow, but
		// nothing wins over an empty list.
		"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=",
		// Grafts would show other parents than those that are sent.
		"GIT_GRAFT_FILE="+os.DevNull)
}

// run runs git to its end and returns what it printed.
func (r *Repo) run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	return r.git.Run(ctx, stdin, append(safeConfig(), args...)...)
}

// stream runs git and hands its output to read, which must read it to the end or fail.
func (r *Repo) stream(ctx context.Context, stdin io.Reader, read func(io.Reader) error, args ...string) error {
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said := bounded.Buffer{Limit: maxSaid}
	cmd := r.git.command(ctx, &said, append(safeConfig(), args...)...)
	cmd.Stdin = stdin
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return gitError(ctx, args[0], err, &said)
	}
	// Git is killed then, but what it started may hold the other end open.
	defer context.AfterFunc(ctx, func() { out.Close() })()
	readErr := read(out)
	truncated := errors.Is(readErr, errTruncated)
	if readErr != nil && !truncated {
		cancel()
	}
	if err := cmd.Wait(); err != nil && (readErr == nil || truncated) {
		return gitError(ctx, args[0], err, &said)
	}
	if readErr != nil && outer.Err() != nil {
		return context.Cause(outer)
	}
	return readErr
}
