package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/cli/cijob"
	"github.com/gitsecrets/gitsecrets/internal/cli/files"
	"github.com/gitsecrets/gitsecrets/internal/cli/repo"
)

// The program is specified by testdata/script/*.txtar: each shows one
// behaviour, as a transcript, and begins with why it matters.

// newProgram is the program as main makes it.
func newProgram() *cli.App { return cli.New("dev", files.Verbs(), repo.Verbs(), cijob.Verbs()) }

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"gitsecrets": func() { os.Exit(newProgram().Run(os.Args[1:])) },
	})
}

func TestScripts(t *testing.T) {
	tools, err := filepath.Abs("../../.cache/bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sops", "age", "age-keygen"} {
		if _, err := os.Stat(filepath.Join(tools, name+exe())); err != nil {
			t.Fatalf("%s is not built: run make tools", name)
		}
	}
	// Under nohup, or in the background of a script, signals come ignored; what
	// a program handles its children get afresh.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT)
	go func() { <-heard; os.Exit(1) }()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setupScript(env, tools) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit":    exitCommand,
			"absent":  absentCommand,
			"same":    sameCommand,
			"lines":   linesCommand,
			"mode":    modeCommand,
			"replace": replaceCommand,
		},
	})
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// setupScript gives a script a home of its own and takes away what the
// environment would tell the program. $RECIPIENT and $RECIPIENT2 are the
// recipients of the identities in $WORK/keys.txt and $WORK/keys2.txt, made
// for this run; SOPS_AGE_KEY_FILE names the former.
func setupScript(env *testscript.Env, tools string) error {
	var kept []string
	for _, v := range env.Vars {
		name, _, _ := strings.Cut(v, "=")
		if !regexp.MustCompile(`^(SOPS_|AWS_|GOOGLE_|VAULT_|AZURE_|XDG_|EDITOR$|VISUAL$|GNUPGHOME$)`).MatchString(name) {
			kept = append(kept, v)
		}
	}
	env.Vars = kept
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, ".config"))
	env.Setenv("PATH", tools+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("SOPS_DISABLE_VERSION_CHECK", "1")
	env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for file, name := range map[string]string{"keys.txt": "RECIPIENT", "keys2.txt": "RECIPIENT2"} {
		path := filepath.Join(env.WorkDir, file)
		out, err := exec.Command(filepath.Join(tools, "age-keygen"+exe())).Output()
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, append([]byte("# throw-away key of a test\n"), out...), 0o600); err != nil {
			return err
		}
		recipient := regexp.MustCompile(`age1[0-9a-z]+`).Find(out)
		if recipient == nil {
			return fmt.Errorf("age-keygen printed no recipient")
		}
		env.Setenv(name, string(recipient))
	}
	env.Setenv("SOPS_AGE_KEY_FILE", filepath.Join(env.WorkDir, "keys.txt"))
	return filepath.WalkDir(env.WorkDir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(entry.Name(), ".sops.yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		expanded := os.Expand(string(text), func(name string) string {
			if strings.HasPrefix(name, "RECIPIENT") {
				return env.Getenv(name)
			}
			return "$" + name // the end of an expression
		})
		return os.WriteFile(path, []byte(expanded), 0o644)
	})
}

// exitCommand runs a program and demands an exit code: exit CODE PROGRAM ARGS…
// Streams can be matched afterwards as after exec.
func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// absentCommand demands that files do not hold a text: absent TEXT FILE…, where
// a file may be stdout or stderr.
func absentCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: absent text file...")
	}
	for _, file := range args[1:] {
		if strings.Contains(ts.ReadFile(file), args[0]) {
			ts.Fatalf("%s holds %q", file, args[0])
		}
	}
}

// sameCommand demands that files hold the same bytes, or, negated, not.
func sameCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] same file file")
	}
	if (ts.ReadFile(args[0]) == ts.ReadFile(args[1])) == neg {
		ts.Fatalf("%s and %s: same is %t", args[0], args[1], neg)
	}
}

// linesCommand demands that exactly so many lines of two files differ, at the
// same places, but for the lines of mac and lastmodified: lines N OLD NEW.
func linesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: lines number old new")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	moving := regexp.MustCompile(`(?m)^(.*\b(mac|sops_mac|lastmodified|sops_lastmodified)"?\s*[:=]).*$`)
	a := bytes.Split(moving.ReplaceAll([]byte(ts.ReadFile(args[1])), []byte("$1")), []byte("\n"))
	b := bytes.Split(moving.ReplaceAll([]byte(ts.ReadFile(args[2])), []byte("$1")), []byte("\n"))
	if len(a) != len(b) {
		ts.Fatalf("%d lines became %d", len(a), len(b))
	}
	n := 0
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			n++
		}
	}
	if n != want {
		ts.Fatalf("%d lines differ, want %d", n, want)
	}
}

// modeCommand demands the permissions of a file: mode 0600 FILE.
func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode octal file")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("mode %s, want %s", got, args[0])
	}
}

// replaceCommand changes a file as somebody with an editor would: replace OLD
// NEW FILE, the first place where OLD stands. It must be there.
func replaceCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace old new file")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not hold %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Replace(text, args[0], args[1], 1)), 0o644))
}
