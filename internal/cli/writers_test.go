package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// rounds is how often a test that depends on chance is run: a few times, or as often
// as an environment variable says (make storm).
func rounds(t *testing.T, name string, few int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// desk is a folder with a policy and an identity, in which the program runs.
type desk struct {
	dir string
	env []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{dir: dir}
	for _, entry := range os.Environ() {
		if !regexp.MustCompile(`^(SOPS_|XDG_|EDITOR=|TMPDIR=|HOME=)`).MatchString(entry) {
			d.env = append(d.env, entry)
		}
	}
	temp := filepath.Join(dir, "tmp")
	d.env = append(d.env, "HOME="+dir, "TMPDIR="+temp, "SOPS_AGE_KEY_FILE="+filepath.Join(dir, "tmp", "keys.txt"))
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	recipient := strings.TrimSpace(d.run(t, "keygen", "--output", "tmp/keys.txt"))
	d.put(t, ".sops.yaml", "creation_rules:\n  - age: "+recipient+"\n")
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(d.path(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// command is one call of the program; env is added to its environment.
func (d *desk) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command("gitsecrets", args...)
	cmd.Dir, cmd.Env = d.dir, slices.Concat(d.env, env)
	return cmd
}

// run calls the program, which must succeed, and returns what it prints.
func (d *desk) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := d.command(nil, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, errs.Bytes())
	}
	return string(out)
}

// Twenty processes change one file at once, by all verbs that do and by two names:
// each that says success is in the file afterwards.
func TestTwentyWritersLoseNothing(t *testing.T) {
	d := newDesk(t)
	if err := os.Symlink("a.yaml", d.path("link.yaml")); err != nil {
		t.Fatal(err)
	}
	const writers = 20
	for round := range rounds(t, "GITSECRETS_WRITERS", 2) {
		plain := "first: 1\n"
		for i := range writers {
			plain += fmt.Sprintf("gone%d: 1\n", i)
		}
		d.put(t, "a.yaml", plain)
		d.run(t, "encrypt", "-i", "a.yaml")
		failed := make([]string, writers)
		var wait sync.WaitGroup
		for i := range writers {
			wait.Go(func() {
				name := []string{"a.yaml", "link.yaml"}[i%2]
				var cmd *exec.Cmd
				switch i % 10 {
				case 7:
					cmd = d.command([]string{fmt.Sprintf(`EDITOR=sh -c "echo k%d: 1 >> \"$0\""`, i)}, "edit", name)
				case 8:
					cmd = d.command(nil, "unset", name, fmt.Sprintf(`["gone%d"]`, i))
				case 9:
					cmd = d.command(nil, "rotate", "-i", name)
				default:
					cmd = d.command(nil, "set", name, fmt.Sprintf(`["k%d"]`, i), "1")
				}
				if out, err := cmd.CombinedOutput(); err != nil {
					failed[i] = fmt.Sprintf("%v: %v\n%s", cmd.Args, err, out)
				}
			})
		}
		wait.Wait()
		text := d.run(t, "decrypt", "a.yaml")
		for i := range writers {
			if failed[i] != "" {
				t.Errorf("round %d: %s", round, failed[i])
				continue
			}
			switch i % 10 {
			case 8:
				if strings.Contains(text, fmt.Sprintf("gone%d:", i)) {
					t.Errorf("round %d: unset %d is lost", round, i)
				}
			case 9:
			default:
				if !strings.Contains(text, fmt.Sprintf("k%d: 1\n", i)) {
					t.Errorf("round %d: writer %d is lost", round, i)
				}
			}
		}
		if !strings.Contains(text, "first: 1\n") {
			t.Errorf("round %d: the first value is lost", round)
		}
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("%s is left", e.Name())
		}
	}
}
