package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// elsewhere is a host to which nobody should be sent.
type elsewhere struct {
	url   string
	calls atomic.Int32
}

func newElsewhere(env *testscript.Env) *elsewhere {
	e := &elsewhere{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.calls.Add(1) }))
	env.Defer(s.Close)
	e.url = s.URL
	return e
}

// ciFaults are what a server does to a call, with the exit code that the verb
// ends with: 0 where the fault passes.
func ciFaults(redirect string) []struct {
	name  string
	fault cloudtest.Fault
	code  int
} {
	const page = 2_000_000
	return []struct {
		name  string
		fault cloudtest.Fault
		code  int
	}{
		{"slow", cloudtest.Fault{Delay: 300 * time.Millisecond}, 0},
		{"silent", cloudtest.Fault{Delay: 2 * time.Minute}, 13},
		{"cut off", cloudtest.Fault{Cut: true}, 13},
		{"closed", cloudtest.Fault{Drop: true}, 13},
		{"503", cloudtest.Fault{Status: 503, HTML: 50}, 13},
		{"500 and a page of 2 MB", cloudtest.Fault{Status: 500, HTML: page}, 13},
		{"a page of 2 MB", cloudtest.Fault{Status: 200, HTML: page}, 12},
		{"403 and a page of 2 MB", cloudtest.Fault{Status: 403, HTML: page}, 12},
		{"garbage", cloudtest.Fault{Garbage: true}, 12},
		{"301", cloudtest.Fault{Status: 301, Redirect: redirect}, 12},
		{"302", cloudtest.Fault{Status: 302, Redirect: redirect}, 12},
		{"307", cloudtest.Fault{Status: 307, Redirect: redirect}, 12},
		{"308", cloudtest.Fault{Status: 308, Redirect: redirect}, 12},
		{"cut off once", cloudtest.Fault{Cut: true, Times: 1}, 0},
		{"closed once", cloudtest.Fault{Drop: true, Times: 1}, 0},
		{"429 once", cloudtest.Fault{Status: 429, Code: "ThrottlingException", Times: 1}, 0},
		{"503 twice", cloudtest.Fault{Status: 503, Code: "ServiceUnavailable", Times: 2}, 0},
	}
}

// everyFaultCommand runs the program once for each fault of an operation:
// everyfault SERVICE OPERATION ARGS…. Whatever happens, it ends with the
// fault's exit code, of its own accord or at the deadline of a second, says one
// sentence, prints no value, sends nothing elsewhere and leaves no file.
func everyFaultCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: everyfault service operation args...")
	}
	c := cloudOf(ts)
	faults := c.faults(ts, args[0])
	for _, f := range ciFaults(c.elsewhere.url) {
		faults.Clear()
		faults.Set(args[1], f.fault)
		ts.Logf("--- %s %s: %s", args[0], args[1], f.name)
		ts.Setenv("GITSECRETS_CI_TIMEOUT", map[bool]string{true: "1s", false: "1m"}[f.code == 13])
		start := time.Now()
		gsCommand(ts, false, append([]string{strconv.Itoa(f.code)}, args[2:]...))
		if time.Since(start) > longEnough {
			ts.Fatalf("%s: it waited for the server", f.name)
		}
		if f.code != 0 {
			ts.Check(oneSentence(ts.ReadFile("stderr")))
			if out := ts.ReadFile("stdout"); out != "" {
				ts.Fatalf("%s: it printed something", f.name)
			}
		}
		if n := c.elsewhere.calls.Load(); n != 0 {
			ts.Fatalf("%s: %d requests went elsewhere", f.name, n)
		}
		ts.Check(nothingLeft(ts))
	}
	faults.Clear()
	ts.Setenv("GITSECRETS_CI_TIMEOUT", "")
}

var noise = regexp.MustCompile(`(?i)<html|xxxx|goroutine|panic|%!|https response error|operation error|ResponseMetadata|0x[0-9a-f]{4}|RequestID|context deadline|dial tcp|http://|[\x00-\x08\x0b-\x1f\x7f]`)

// oneSentence checks words for people: one line that says what happened, and
// nothing but hints behind it.
func oneSentence(stderr string) error {
	said := 0
	for _, line := range strings.Split(strings.TrimSuffix(stderr, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "::add-mask::"), strings.HasPrefix(line, "hint: "), said > 0 && strings.HasPrefix(line, "  "):
		case strings.HasPrefix(line, "gitsecrets: "):
			said++
		default:
			return fmt.Errorf("a line is neither a sentence nor a hint: %q", line)
		}
		if len(line) > 400 {
			return fmt.Errorf("a line of %d bytes", len(line))
		}
	}
	if said != 1 {
		return fmt.Errorf("%d sentences on stderr", said)
	}
	if found := noise.FindString(stderr); found != "" {
		return fmt.Errorf("%q is for nobody to read", found)
	}
	return nil
}

// nothingLeft looks for files that the program made for itself and left.
func nothingLeft(ts *testscript.TestScript) error {
	for _, pattern := range []string{
		filepath.Join(ts.Getenv("RUNNER_TEMP"), "*"), filepath.Join(ts.Getenv("TMPDIR"), "*"), ts.MkAbs(".gitsecrets*"), ts.MkAbs("out"),
	} {
		left, err := filepath.Glob(pattern)
		if err != nil || len(left) > 0 {
			return fmt.Errorf("left behind: %q %v", left, err)
		}
	}
	return nil
}

// nothingLeftCommand is nothingLeft, and that none of the folders is there that
// files name: nothingleft [FILE…].
func nothingLeftCommand(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(nothingLeft(ts))
	for _, file := range args {
		path := strings.TrimSpace(ts.ReadFile(file))
		if _, err := os.Lstat(path); path == "" || err == nil {
			ts.Fatalf("%q, which %s names, is still there", path, file)
		}
	}
}
