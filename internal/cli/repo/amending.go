package repo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// isAmending reports whether the git commit that runs this hook was called with
// --amend: Git does not tell its hooks. The command line of the nearest git
// above this process says so, where the system shows it under /proc;
// elsewhere the push finds what an amendment kept.
func isAmending() bool {
	pid := os.Getppid()
	for range 8 {
		args, parent := processAt(pid)
		if parent == 0 {
			return false
		}
		if len(args) > 0 && strings.TrimSuffix(filepath.Base(args[0]), ".exe") == "git" {
			for _, arg := range args[1:] {
				if arg == "--" {
					return false
				}
				// Git takes its options in any short form that is clear.
				if len(arg) >= len("--am") && len(arg) <= len("--amend") && arg == "--amend"[:len(arg)] {
					return true
				}
			}
			return false
		}
		pid = parent
	}
	return false
}

// processAt gives a process's command line and parent; 0 where it cannot be
// seen.
func processAt(pid int) (args []string, parent int) {
	if pid <= 1 {
		return nil, 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil, 0
	}
	for arg := range bytes.SplitSeq(bytes.TrimSuffix(raw, []byte{0}), []byte{0}) {
		args = append(args, string(arg))
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, 0
	}
	// The name of the program stands in brackets and may hold anything.
	_, rest, ok := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 2 {
		return nil, 0
	}
	parent, err = strconv.Atoi(fields[1])
	if err != nil {
		return nil, 0
	}
	return args, parent
}
