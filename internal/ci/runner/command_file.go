package runner

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"runtime"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// AppendFile appends variables to a file that the runner of GitHub Actions reads after the step: that of GITHUB_ENV or
// GITHUB_OUTPUT. All are appended, or none. The file must be there, and is never made. The names' form is checked;
// whether a job may have them is for [outputs.PairsOf].
//
// With step debugging on, the runner logs what it reads: the values must be masked before.
// (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions)
func AppendFile(path string, pairs []outputs.Pair) error {
	if err := outputs.CheckText(pairs); err != nil {
		return err
	}
	if len(pairs) == 0 {
		return nil
	}
	var lines []byte
	for _, p := range pairs {
		var random [16]byte
		rand.Read(random[:]) // never fails
		entry, err := runnerEntry(p, "ghadelimiter_"+hex.EncodeToString(random[:]))
		if err != nil {
			return err
		}
		lines = append(lines, entry...)
	}
	err := atomicfile.Append(path, lines, atomicfile.AppendOptions{})
	why := "cannot be written"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		why = "does not exist"
	case errors.Is(err, fs.ErrPermission):
		why = "cannot be written: permission denied"
	case errors.Is(err, bounded.ErrIrregular):
		why = "is not a regular file"
	}
	return &call.Error{Failure: call.BadSetting, Text: "the runner's file " + text.QuoteName(path) + " " + why, Err: err}
}

// runnerEntry writes one variable between delimiters.
func runnerEntry(p outputs.Pair, delimiter string) (string, error) {
	if strings.Contains(p.Name, delimiter) || strings.Contains(p.Value, delimiter) {
		return "", &call.Error{Failure: call.BadSetting, Text: "the value for the variable " + text.QuoteName(p.Name) + " has the delimiter in it"}
	}
	end := "\n"
	if runtime.GOOS == "windows" {
		end = "\r\n" // else the runner there takes a value's last CR for a part of the line's end
	}
	return p.Name + "<<" + delimiter + end + p.Value + end + delimiter + end, nil
}
