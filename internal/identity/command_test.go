package identity

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
)

// countingCommand is a command line that notes each run in a file and then
// prints what script says.
func (w *scratch) countingCommand(t *testing.T, script string) (line string, runs func() int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the command is a shell script")
	}
	log := filepath.Join(w.home, "runs")
	path := w.file(t, "cmd.sh", "echo \"$SOPS_AGE_RECIPIENT\" >>'"+log+"'\n"+script)
	return "sh '" + path + "'", func() int {
		text, _ := os.ReadFile(log)
		return strings.Count(string(text), "\n")
	}
}

func TestKeyCommandRunsOnce(t *testing.T) {
	w := newWorld(t)
	id := newAge(t)
	line, runs := w.countingCommand(t, "echo "+id.String())
	w.env[EnvAgeKeyCmd] = line
	s := w.identities(t)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			ids, err := s.Identities(t.Context(), fmt.Sprintf("age1other%d", i%7))
			if err != nil || !opens(t, ids, id.Recipient()) {
				t.Errorf("got %d identities, %v", len(ids), err)
			}
		})
	}
	all.Wait()
	if got := runs(); got != 1 {
		t.Errorf("the command ran %d times, want once", got)
	}
}

func TestKeyCommandIsAskedAgainForAnotherRecipient(t *testing.T) {
	w := newWorld(t)
	a, b := newAge(t), newAge(t)
	// It chooses by the recipient and fails for one it does not know.
	line, runs := w.countingCommand(t, fmt.Sprintf("case $SOPS_AGE_RECIPIENT in %s) echo %s;; %s) echo %s;; *) echo hunter2 >&2; exit 3;; esac",
		a.Recipient(), a, b.Recipient(), b))
	w.env[EnvAgeKeyCmd] = line
	s := w.identities(t)
	for range 2 {
		_, err := s.Identities(t.Context(), "age1x")
		if err == nil || err.Error() != "SOPS_AGE_KEY_CMD: the command ended with exit status 3" {
			t.Errorf("got %v", err)
		}
	}
	for _, id := range []*age.X25519Identity{a, b, a} {
		ids, err := s.Identities(t.Context(), id.Recipient().String())
		if err != nil || !opens(t, ids, id.Recipient()) {
			t.Errorf("got %d identities, %v", len(ids), err)
		}
	}
	if got := runs(); got != 3 {
		t.Errorf("the command ran %d times, want 3", got)
	}
}

func TestKeyCommandIsNotRunForAKeyThatIsHere(t *testing.T) {
	w := newWorld(t)
	id, other := newAge(t), newAge(t)
	line, runs := w.countingCommand(t, "echo "+other.String())
	w.env[EnvAgeKeyCmd], w.env[EnvAgeKey] = line, id.String()
	ids, err := w.identities(t).Identities(t.Context(), id.Recipient().String())
	if err != nil || !opens(t, ids, id.Recipient()) || runs() != 0 {
		t.Errorf("%v; the command ran %d times, want none", err, runs())
	}
	if !opens(t, ids, other.Recipient()) {
		t.Error("where the key here does not fit, the command is asked")
	}
}

func TestKeyCommandsThatFail(t *testing.T) {
	w := newWorld(t)
	for line, want := range map[string]string{
		"'unclosed":                   "is not a command",
		"no-such-program-anywhere x":  "program was not found",
		"true":                        "printed no identity",
		"echo hunter2":                "line 1 is not a known type",
		"head -c 20000000 /dev/zero":  "more than 16 MiB",
		"sh -c 'sleep 60 & exit 7'":   "exit status 7",
		"sh -c 'kill -KILL $$; true'": "signal: killed",
	} {
		if runtime.GOOS == "windows" {
			t.Skip("the commands are those of Unix")
		}
		w.env[EnvAgeKeyCmd] = line
		_, err := w.identities(t).Identities(t.Context(), "age1x")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}
