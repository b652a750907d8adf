//go:build unix

package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interrupted is a call that a signal ends at a moment of chance.
type interrupted struct {
	name string
	args []string
	env  []string
	// sealed and plain are the files that it writes, and what they hold then once
	// they are decrypted; all of them or none.
	sealed, plain map[string]string
}

// canary is a value that must be found nowhere but where it was asked for.
const canary = "canary-of-the-signals"

func interruptions(name string) []interrupted {
	const text = "a: " + canary + "\nb: 1\n"
	more := text + "k: 1\n"
	all := map[string]string{name: text, "b.yaml": text, "c.yaml": text}
	editor := []string{`EDITOR=sh -c "echo k: 1 >> \"$0\""`}
	return []interrupted{
		{name: "set", args: []string{"set", name, `["k"]`, "1"}, sealed: map[string]string{name: more}},
		{name: "unset", args: []string{"unset", name, `["b"]`}, sealed: map[string]string{name: "a: " + canary + "\n"}},
		{name: "edit", args: []string{"edit", name}, env: editor, sealed: map[string]string{name: more}},
		{name: "edit, new", args: []string{"edit", "new" + name}, env: []string{`EDITOR=sh -c "echo a: 1 > \"$0\""`}, sealed: map[string]string{"new" + name: "a: 1\n"}},
		{name: "rotate", args: []string{"rotate", "-i", name, "b.yaml", "c.yaml"}, sealed: all},
		{name: "updatekeys", args: []string{"updatekeys", "-y", "--config", "other.yaml", name, "b.yaml", "c.yaml"}, sealed: all},
		{name: "decrypt", args: []string{"decrypt", "-i", name, "b.yaml", "c.yaml"}, plain: all},
		{name: "encrypt", args: []string{"encrypt", "-i", "plain.yaml", "plain2.yaml"}, sealed: map[string]string{"plain.yaml": text, "plain2.yaml": text}},
		{name: "encrypt to", args: []string{"encrypt", "--output", "new" + name, "plain.yaml"}, sealed: map[string]string{"new" + name: text}},
		{name: "encrypt onto", args: []string{"encrypt", "--onto", name, "--output", name, "other.txt"}, sealed: map[string]string{name: more}},
		{name: "decrypt to", args: []string{"decrypt", "--output", "new", name}, plain: map[string]string{"new": text}},
		{name: "exec-file", args: []string{"exec-file", "--no-fifo", "--filename", name, name, "cat {}"}},
		{name: "keygen", args: []string{"keygen", "--output", "new"}},
	}
}

// Every verb that writes, ended by each of the four signals at moments of chance: each
// file holds the old bytes or the new ones, of many files all do, nothing lies beside
// them, and plaintext is left nowhere that is not named.
func TestSignalsAtAnyMoment(t *testing.T) {
	// What is ignored here, as under nohup, would be ignored there.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT)
	defer signal.Stop(caught)
	name := fmt.Sprintf("a%d.yaml", os.Getpid())
	d := newDesk(t)
	recipient := strings.TrimSpace(d.run(t, "keygen", "--output", "tmp/keys2.txt"))
	d.put(t, "other.yaml", strings.TrimSuffix(readText(t, d.path(".sops.yaml")), "\n")+","+recipient+"\n")
	const text = "a: " + canary + "\nb: 1\n"
	for _, plain := range []string{name, "b.yaml", "c.yaml", "plain.yaml", "plain2.yaml"} {
		d.put(t, plain, text)
	}
	d.put(t, "other.txt", text+"k: 1\n")
	d.run(t, "encrypt", "-i", name, "b.yaml", "c.yaml")
	before := filesIn(t, d.dir)
	moments := rounds(t, "GITSECRETS_SIGNALS", 2)
	for _, c := range interruptions(name) {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			if out, err := d.command(c.env, c.args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			took := time.Since(began)
			d.judge(t, c, before, syscall.Signal(0), nil)
			for range moments {
				for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM} {
					d.interrupt(t, c, s, time.Duration(rand.Int64N(int64(took*11/10))), before, name)
				}
			}
		})
	}
}

// Who reads what the program says may be gone before it: plaintext is removed all the same.
func TestNobodyListens(t *testing.T) {
	name := fmt.Sprintf("p%d.yaml", os.Getpid())
	d := newDesk(t)
	d.put(t, name, "a: "+canary+"\n")
	d.run(t, "encrypt", "-i", name)
	listener, said, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := d.command([]string{`EDITOR=sh -c "kill -TERM $PPID; sleep 5; :"`}, "edit", name)
	cmd.Stderr = said
	if err := errors.Join(listener.Close(), cmd.Start(), said.Close()); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got, want := cmd.ProcessState.ExitCode(), 143; got != want {
		t.Errorf("exit code %d, want %d", got, want)
	}
	for _, place := range []string{"/dev/shm", d.path("tmp")} {
		if left, _ := filepath.Glob(filepath.Join(place, "gitsecrets-*", name)); left != nil {
			t.Errorf("%s is left", left)
		}
	}
}

// interrupt runs a call, sends a signal after a while, judges what is there, and
// puts the folder back.
func (d *desk) interrupt(t *testing.T, c interrupted, s syscall.Signal, after time.Duration, before map[string]string, name string) {
	t.Helper()
	cmd := d.command(c.env, c.args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Signal(s) // it may have ended
	_ = cmd.Wait()
	if strings.Contains(said.String(), canary) {
		t.Errorf("%v after %v: the plaintext is on stderr", s, after)
	}
	d.judge(t, c, before, s, said.Bytes())
	for _, pattern := range []string{"/dev/shm", d.path("tmp")} {
		left, err := filepath.Glob(filepath.Join(pattern, "gitsecrets-*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range left {
			if filepath.Base(file) != name && filepath.Base(file) != "new"+name {
				continue // of somebody else's test
			}
			if !bytes.Contains(said.Bytes(), []byte("in plaintext, in "+file+"\n")) {
				t.Errorf("%v after %v: %s is left, and not named:\n%s", s, after, file, said.Bytes())
			}
			if err := os.RemoveAll(filepath.Dir(file)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// judge holds the folder against what a call may leave, and puts it back.
func (d *desk) judge(t *testing.T, c interrupted, before map[string]string, s syscall.Signal, said []byte) {
	t.Helper()
	after := filesIn(t, d.dir)
	changed, same := 0, 0
	for _, kind := range []map[string]string{c.sealed, c.plain} {
		for file, want := range kind {
			now, there := after[file]
			old, was := before[file]
			if there == was && now == old {
				same++
				continue
			}
			changed++
			got := now
			if c.sealed[file] != "" {
				out, err := d.command(nil, "decrypt", file).CombinedOutput()
				if err != nil {
					t.Errorf("%v: %s: %v\n%s\n%s", s, file, err, out, said)
				}
				got = string(out)
			}
			if got != want {
				t.Errorf("%v: %s is neither old nor new\n%s", s, file, said)
			}
		}
	}
	if changed > 0 && same > 0 {
		t.Errorf("%v: %d files are new and %d are old\n%s", s, changed, same, said)
	}
	for file, now := range after {
		_, sealed := c.sealed[file]
		_, plain := c.plain[file]
		if old, was := before[file]; !sealed && !plain && (!was || old != now) && (c.name != "keygen" || file != "new" || !strings.Contains(now, "AGE-SECRET-KEY-")) {
			t.Errorf("%v: %s is left or changed\n%s", s, file, said)
		}
		if old, was := before[file]; !was {
			if err := os.Remove(d.path(file)); err != nil {
				t.Fatal(err)
			}
		} else if old != now {
			d.put(t, file, old)
		}
	}
}

// filesIn are the files of a folder and of the one for temporary files.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, sub := range []string{"", "tmp"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !e.IsDir() {
				found[filepath.Join(sub, e.Name())] = readText(t, filepath.Join(dir, sub, e.Name()))
			}
		}
	}
	return found
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
