package cloudtest

import (
	"errors"
	"runtime"
	"strings"
)

// RunnerVariable is what a step hands to later ones by a file of the runner.
type RunnerVariable struct{ Name, Value string }

// ParseRunnerFile reads a file of GITHUB_ENV or GITHUB_OUTPUT as the runner does,
// written anew after its EnvFileKeyValuePairs
// (https://github.com/actions/runner: src/Runner.Worker/FileCommandManager.cs).
func ParseRunnerFile(text string) ([]RunnerVariable, error) {
	var all []RunnerVariable
	index := 0
	for {
		line, _, ok := runnerLine(text, &index)
		if !ok {
			return all, nil
		}
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			all = append(all, RunnerVariable{line[:equals], line[equals+1:]})
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return nil, errors.New("empty name or delimiter")
			}
			start, end := index, index
			for {
				part, newline, ok := runnerLine(text, &index)
				if ok && part == delimiter {
					break
				}
				if !ok {
					return nil, errors.New("matching delimiter not found")
				}
				if newline == "" {
					return nil, errors.New("EOF marker missing new line")
				}
				end = index - len(newline)
			}
			all = append(all, RunnerVariable{name, text[start:max(start, end)]})
		default:
			return nil, errors.New("invalid format")
		}
	}
}

// runnerLine reads a line. The runner ends them at LF, on Windows at CRLF too.
func runnerLine(text string, index *int) (line, newline string, ok bool) {
	if *index >= len(text) {
		return "", "", false
	}
	rest := text[*index:]
	lf := strings.IndexByte(rest, '\n')
	if lf < 0 {
		*index = len(text)
		return rest, "", true
	}
	if crlf := strings.Index(rest, "\r\n"); runtime.GOOS == "windows" && crlf >= 0 && crlf < lf {
		*index += crlf + 2
		return rest[:crlf], "\r\n", true
	}
	*index += lf + 1
	return rest[:lf], "\n", true
}
