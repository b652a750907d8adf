package gitrepo

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A record of a list is an entry, whole, or an error: never nothing.
func FuzzEntries(f *testing.F) {
	for _, s := range []string{
		"100644 " + idA + " 0\ta\x00", "100644 " + idA + " 2\ta\x00", "100644 blob " + idB + "\td/a\tb\x00", "160000 commit " + idB + "\tsub\x00",
		"000000 " + zero + " 0\ta\x00", "0 " + zero + " 0\t\x00", "100644 " + idA + " 0\ta", "100644  0\ta\x00", "\x00", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for name, parse := range map[string]func([]byte) (Entry, error){"ls-files": stagedEntry, "ls-tree": treeEntry} {
			n := 0
			err := records(bytes.NewReader(raw), func(rec []byte) error {
				n++
				e, err := parse(rec)
				if err != nil {
					return err
				}
				if !isID(string(e.ID)) || e.Path == "" || !bytes.HasSuffix(rec, []byte("\t"+e.Path)) || !bytes.Contains(rec, []byte(e.ID)) {
					t.Errorf("%s: %q became %+v", name, rec, e)
				}
				if m, err := strconv.ParseUint(strings.SplitN(string(rec), " ", 2)[0], 8, 32); err != nil || Mode(m) != e.Mode {
					t.Errorf("%s: mode of %q is %o", name, rec, e.Mode)
				}
				return nil
			})
			if err == nil && n != bytes.Count(raw, []byte{0}) {
				t.Errorf("%s: %d records of %q", name, n, raw)
			}
		}
	})
}

// What git cat-file --batch-command says of an object is understood, or an error.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{idA + " blob 3\n", idA + " missing\n", "HEAD ambiguous\n", idA + " blob -1\n", idA + " blob 99999999999999999999\n", "\n", "", idA + " blob"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		cmd := exec.Command("true")
		if cmd.Start() != nil {
			t.Fatal("true does not start")
		}
		b := &batch{cmd: cmd, in: nowhere{}, out: bufio.NewReader(bytes.NewReader(raw))}
		id, kind, size, err := b.header("info", "HEAD")
		cmd.Wait()
		if line, _, _ := bytes.Cut(raw, []byte("\n")); err == nil && (!isID(string(id)) || size < 0 || !strings.HasPrefix(string(line), fmt.Sprintf("%s %s ", id, kind))) {
			t.Errorf("%q became %s %s %d", raw, id, kind, size)
		}
	})
}

// nowhere takes what is written.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }
