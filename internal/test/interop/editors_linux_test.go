//go:build interop

package interop

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// typed is what a person types in an editor: a line is yanked, written, changed and
// written again, and a word is searched for.
var typed = map[string]string{
	"vim.tiny": "yyp:w\r:s/hunter/canary/\r:s/^a:/z:/\r/canary\r:wq\r",
	"nano":     "z: canary2\r\x0f\r\x17canary\r\x18",
}

// keepAll are settings that have an editor keep all that it can in the home folder.
var keepAll = map[string]string{
	".vimrc":  "set undofile undodir=~/kept backup writebackup backupdir=~/kept directory=~/kept updatecount=1 viminfo='100,<50,s10,h\n",
	".nanorc": "set historylog\nset positionlog\nset backup\nset backupdir \"~/kept\"\n",
}

// The real editors, with settings that have them keep what they can: after edit no
// file of the home folder holds what was typed or shown. With arguments of the
// person's own vim keeps it, which shows that the search finds it.
func TestEditorsKeepNothing(t *testing.T) {
	for program := range typed {
		t.Run(program, func(t *testing.T) {
			if found := editIn(t, program, program); len(found) > 0 {
				t.Errorf("plaintext is in %q", found)
			}
		})
	}
	t.Run("arguments", func(t *testing.T) {
		if found := editIn(t, "vim.tiny", "vim.tiny -N"); len(found) == 0 {
			t.Error("an editor that keeps what it can kept nothing: this test sees nothing")
		}
	})
}

// editIn edits a file at a terminal and returns the files of the home folder that
// hold plaintext.
func editIn(t *testing.T, program, editor string) []string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed: run make editors", program)
	}
	home, dir := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "kept"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range keepAll {
		writeText(t, filepath.Join(home, name), text)
	}
	writeText(t, filepath.Join(dir, ".sops.yaml"), "creation_rules:\n  - age: "+keyText(t, "age.txt", "# public key: ")+"\n")
	writeText(t, filepath.Join(dir, "a.yaml"), "a: hunter2\nb: x\n")
	env := slices.Concat(surroundings, []string{"HOME=" + home, "TERM=xterm", "SHELL=/bin/sh", "EDITOR=" + editor, "OURS=" + ours})
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = dir, env
		return cmd
	}
	if out, err := command(ours, "encrypt", "-i", "a.yaml").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := atTerminal(t, command("script", "-qec", `"$OURS" edit a.yaml </dev/tty`, "/dev/null"), "hunter2", typed[program])
	for _, kept := range regexp.MustCompile(`in plaintext, in (\S+)`).FindAllStringSubmatch(said, -1) {
		if err := os.RemoveAll(filepath.Dir(kept[1])); err != nil {
			t.Fatal(err)
		}
	}
	text, err := command(ours, "decrypt", "a.yaml").CombinedOutput()
	if err != nil || !strings.Contains(string(text), "z: canary2") {
		t.Errorf("the edit is not in the file: %v\n%q", err, said)
	}
	var found []string
	err = filepath.WalkDir(home, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "hunter2") || strings.Contains(string(data), "canary") {
			found = append(found, strings.TrimPrefix(path, home))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// atTerminal runs a command, types keys once the screen shows a text, and returns all
// that was shown.
func atTerminal(t *testing.T, cmd *exec.Cmd, shows, keys string) string {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	screen, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	var said strings.Builder
	chunk := make([]byte, 4096)
	for begun := false; ; {
		n, err := screen.Read(chunk)
		said.Write(chunk[:n])
		if !begun && strings.Contains(said.String(), shows) {
			begun = true
			go func() { // one by one: nano takes what comes at once for pasted text
				for _, key := range keys {
					time.Sleep(20 * time.Millisecond)
					if _, err := io.WriteString(stdin, string(key)); err != nil {
						return // the editor has ended
					}
				}
			}()
		}
		if err != nil {
			break
		}
	}
	_ = stdin.Close()
	_ = cmd.Wait() // a text that cannot be encrypted is an error that is wanted
	return said.String()
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
