package ci

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// AppendRunnerFile appends variables to a file that the runner of GitHub
// Actions reads after the step: that of GITHUB_ENV or GITHUB_OUTPUT. All are
// appended, or none. The file must be there, and is never made. The names' form is
// checked; whether a job may have them is for [CheckEnvName].
//
// With step debugging on, the runner logs what it reads: the values must be masked
// before. (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions)
func AppendRunnerFile(path string, pairs []Pair) error {
	if err := checkText(pairs); err != nil {
		return err
	}
	if len(pairs) == 0 {
		return nil
	}
	var text strings.Builder
	for _, p := range pairs {
		var random [16]byte
		rand.Read(random[:]) // never fails
		entry, err := runnerEntry(p, "ghadelimiter_"+hex.EncodeToString(random[:]))
		if err != nil {
			return err
		}
		text.WriteString(entry)
	}
	return appendWhole(path, text.String())
}

// runnerEntry writes one variable between delimiters.
func runnerEntry(p Pair, delimiter string) (string, error) {
	if strings.Contains(p.Name, delimiter) || strings.Contains(p.Value, delimiter) {
		return "", &call.Error{Failure: call.BadSetting, Text: "the value for the variable " + quoteName(p.Name) + " has the delimiter in it"}
	}
	end := "\n"
	if runtime.GOOS == "windows" {
		end = "\r\n" // else the runner there takes a value's last CR for a part of the line's end
	}
	return p.Name + "<<" + delimiter + end + p.Value + end + delimiter + end, nil
}

// appendWhole appends text to a regular file that is there, after a line end,
// or leaves the file as it was.
func appendWhole(path, text string) error {
	bad := func(why string, err error) error {
		return &call.Error{Failure: call.BadSetting, Text: "the runner's file " + quoteName(path) + " " + why, Err: err}
	}
	f, err := openNoFollow(path, os.O_RDWR|os.O_APPEND, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bad("is not there", err)
	case errors.Is(err, fs.ErrPermission):
		return bad("may not be written", err)
	case errors.Is(err, errNotRegular):
		return bad("is no regular file", err)
	case err != nil:
		return bad("cannot be opened", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return bad("cannot be read", err)
	}
	if size := info.Size(); size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil && !errors.Is(err, io.EOF) {
			return bad("cannot be read", err)
		}
		if last[0] != '\n' {
			text = "\n" + text
		}
	}
	n, err := f.WriteString(text)
	if err != nil {
		undoAppend(f, info.Size(), n)
		return bad("cannot be written", err)
	}
	return nil
}

// undoAppend takes a write back that was cut short, if nobody else has written since.
func undoAppend(f *os.File, size int64, written int) {
	if now, err := f.Stat(); err == nil && now.Size() == size+int64(written) {
		_ = f.Truncate(size) // the error to report is that of the write
	}
}
