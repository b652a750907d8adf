package cli_test

import (
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// longEnough is how long a script waits for what must happen.
const longEnough = 30 * time.Second

// untilCommand waits until an operation was called so often: until SERVICE
// OPERATION NUMBER.
func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: until service operation number")
	}
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	faults := cloudOf(ts).faults(ts, args[0])
	for start := time.Now(); faults.Count(args[1]) < want; time.Sleep(time.Millisecond) {
		if time.Since(start) > longEnough {
			ts.Fatalf("%d calls of %s, want %d", faults.Count(args[1]), args[1], want)
		}
	}
}

// untilFileCommand waits until a file is there that a pattern matches:
// untilfile PATTERN.
func untilFileCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: untilfile pattern")
	}
	for start := time.Now(); ; time.Sleep(200 * time.Microsecond) {
		found, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		if len(found) > 0 {
			return
		}
		if time.Since(start) > longEnough {
			ts.Fatalf("there is no %s", args[0])
		}
	}
}
