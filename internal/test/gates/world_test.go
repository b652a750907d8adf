//go:build linux

package gates

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// world is what all rows have in common: the program, and a repository with its
// server, of which each row gets a copy.
type world struct {
	dir       string // server.git, work
	program   string
	fixtures  string
	base      string // the commit that is on the server's branch main
	recipient [2]string
	env       []string
}

// secret is the value that must not reach the server. The scan does not know
// it for a credential, so that the rules alone must hold it.
const secret = "correct horse battery canary"

// token is made up, and the scan knows it wherever it stands.
func token() string { return "ghp_" + "x8Kq2mVbT4nRz7LwJ1cYd5HgPf9SaU3eW6iQ" }

// plain are files in the clear, by the name of the fixture.
var plain = map[string]string{
	"db.yaml":   "user: administrator\npassword: " + secret + "\nport: 5432\nhosts:\n  - one.example.org\n  - two.example.org\n",
	"db.json":   "{\n\t\"user\": \"administrator\",\n\t\"password\": \"" + secret + "\",\n\t\"port\": 5432\n}\n",
	"db.env":    "USER_NAME=administrator\nPASSWORD=" + secret + "\n",
	"db.ini":    "[db]\nuser = administrator\npassword = " + secret + "\n",
	"db.txt":    "the password is " + secret + "\n",
	"kube.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n    name: db\nstringData:\n    user: administrator\n    password: " + secret + "\n",
	"note.yaml": "# secret\npassword: " + secret + "\nhost: one.example.org\n",
}

var testWorld world

func TestMain(m *testing.M) {
	code, err := runRows(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gates:", err)
		code = 1
	}
	os.Exit(code)
}

func runRows(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "gates")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return 0, err
	}
	if err := testWorld.make(dir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func (w *world) make(dir string) error {
	bin := filepath.Join(dir, "bin")
	w.dir, w.fixtures, w.program = filepath.Join(dir, "world"), filepath.Join(dir, "fixtures"), filepath.Join(bin, "gitsecrets")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", w.program, "../../../cmd/gitsecrets")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build gitsecrets: %w: %s", err, out)
	}
	keys, err := filepath.Abs("../../../testdata/keys")
	if err != nil {
		return err
	}
	for i, name := range []string{"age.txt", "age-2.txt"} {
		text, err := os.ReadFile(filepath.Join(keys, name))
		if err != nil {
			return err
		}
		w.recipient[i] = string(regexp.MustCompile(`age1[0-9a-z]+`).Find(text))
	}
	identity, err := os.ReadFile(filepath.Join(keys, "age.txt"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "age.txt"), identity, 0o600); err != nil {
		return err
	}
	prelude, err := filepath.Abs("prelude.sh")
	if err != nil {
		return err
	}
	tools, err := filepath.Abs("../../../.cache/bin")
	if err != nil {
		return err
	}
	for _, name := range []string{"sops", "age"} {
		if _, err := os.Stat(filepath.Join(tools, name)); err != nil {
			return fmt.Errorf("%s is not built: run make tools", name)
		}
	}
	w.env = []string{
		"PATH=" + strings.Join([]string{bin, tools, os.Getenv("PATH")}, string(os.PathListSeparator)), "PRELUDE=" + prelude,
		"LC_ALL=C", "SOPS_DISABLE_VERSION_CHECK=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "SOPS_AGE_KEY_FILE=" + filepath.Join(dir, "age.txt"),
		"S=" + secret, "K=" + token(), "F=" + w.fixtures, "R=" + w.recipient[0], "R2=" + w.recipient[1],
	}
	for name, text := range plain {
		if err := writeFile(filepath.Join(w.fixtures, "plain", name), text); err != nil {
			return err
		}
	}
	for _, name := range []string{"server.git", "work"} {
		if err := os.MkdirAll(filepath.Join(w.dir, name), 0o755); err != nil {
			return err
		}
	}
	out, err := w.shell(w.dir, `. "$PRELUDE"; . ./setup.sh`, "setup.sh")
	if err != nil {
		return fmt.Errorf("make the repository: %w: %s", err, out)
	}
	head, err := w.shell(w.dir, "git -C work rev-parse HEAD", "")
	w.base = strings.TrimSpace(string(head))
	return err
}

// shell runs a script in a copy of the world, or where that is made.
func (w *world) shell(dir, script, setup string, more ...string) ([]byte, error) {
	if setup != "" {
		path, err := filepath.Abs(setup)
		if err != nil {
			return nil, err
		}
		script = strings.Replace(script, "./"+setup, "'"+path+"'", 1)
	}
	cmd := exec.Command("sh", "-euc", script)
	cmd.Dir = dir
	cmd.Env = append(append([]string{"HOME=" + dir, "ROW=" + dir}, w.env...), more...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}

// copyTree copies a folder, with the times of its files, by which Git knows that
// they are as they were.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, rel)
		if entry.IsDir() {
			return os.MkdirAll(copied, 0o755)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(copied, text, info.Mode().Perm()); err != nil {
			return err
		}
		return os.Chtimes(copied, info.ModTime(), info.ModTime())
	})
}

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
