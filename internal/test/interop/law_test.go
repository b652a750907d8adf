//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// lawRules are the ways to encrypt that the law is tried with: the first letter
// of a file's name chooses.
const lawRules = `creation_rules:
  - path_regex: ^a
    age: RECIPIENT
  - path_regex: ^r
    encrypted_regex: ^(pass|first)
    age: RECIPIENT
  - path_regex: ^u
    unencrypted_regex: ^k-
    mac_only_encrypted: true
    age: RECIPIENT
  - path_regex: ^c
    unencrypted_comment_regex: note
    age: RECIPIENT
`

// documents is how many documents the law is tried with: LAW_DOCUMENTS, or 500.
func documents(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LAW_DOCUMENTS")
	if text == "" {
		return 500
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("LAW_DOCUMENTS: %v", err)
	}
	return n
}

// What we write, by encrypt and by the verbs that change a file, sops opens to
// the same values.
func TestSopsOpensWhatWeWrite(t *testing.T) {
	total := documents(t)
	editor := filepath.Join(t.TempDir(), "editor")
	writeFile(t, editor, "#!/bin/sh\nLC_ALL=C sed 's/two words/edited/' \"$1\" >\"$1.new\" && cat \"$1.new\" >\"$1\" && rm \"$1.new\"\n")
	if err := os.Chmod(editor, 0o755); err != nil {
		t.Fatal(err)
	}
	one, two := keyText(t, "age.txt", "# public key: "), keyText(t, "age-2.txt", "# public key: ")
	var failures, sealed sync.Map
	work := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		dir := t.TempDir()
		go func() {
			defer wg.Done()
			for i := range work {
				l := &lawCase{T: t, dir: dir, editor: editor, docMaker: docMaker{Rand: rand.New(rand.NewPCG(uint64(i), 3))}}
				l.policy, l.more = strings.ReplaceAll(lawRules, "RECIPIENT", one), strings.ReplaceAll(lawRules, "RECIPIENT", one+","+two)
				if msg := l.try(i); msg != "" {
					failures.Store(i, msg)
				}
				if l.sealed {
					sealed.Store(i, true)
				}
			}
		}()
	}
	for i := range total {
		work <- i
	}
	close(work)
	wg.Wait()
	failed := 0
	failures.Range(func(i, msg any) bool {
		failed++
		if failed <= 5 {
			t.Errorf("document %d: %s", i, msg)
		}
		return true
	})
	if failed > 0 {
		t.Errorf("%d of %d documents", failed, total)
	}
	n := 0
	sealed.Range(func(any, any) bool { n++; return true })
	if n < total/2 {
		t.Errorf("only %d of %d documents could be sealed", n, total)
	}
}

// lawCase is one document.
type lawCase struct {
	*testing.T
	docMaker
	dir, editor, policy, more string
	sealed                    bool
}

func (l *lawCase) try(i int) string {
	ext := []string{"yaml", "json", "env", "ini", "bin"}[i%5]
	name := "aruc"[l.IntN(4):][:1] + "." + ext
	source := map[string]func() string{"yaml": l.yaml, "json": l.json, "env": l.dotenv, "ini": l.ini, "bin": l.binary}[ext]()
	writeFile(l.T, filepath.Join(l.dir, ".sops.yaml"), l.policy)
	writeFile(l.T, filepath.Join(l.dir, name), source)
	if got := run(l.T, l.dir, ours, "", nil, "encrypt", "-i", "--allow-nothing-encrypted", name); got.code != 0 {
		if strings.Contains(got.stderr, "panic") || strings.Contains(got.stderr, "read back") {
			return fmt.Sprintf("encrypt: %s\n%s", got.stderr, source)
		}
		return "" // refused, with a reason
	}
	l.sealed = true
	args := l.verb(ext, name)
	if args != nil {
		if args[0] == "updatekeys" {
			writeFile(l.T, filepath.Join(l.dir, ".sops.yaml"), l.more)
		}
		if got := run(l.T, l.dir, ours, "", []string{"EDITOR=" + l.editor}, args...); got.code != 0 && got.code != 200 && args[0] != "unset" {
			return fmt.Sprintf("%q: exit %d: %s\n%s", args, got.code, got.stderr, source)
		}
	}
	return l.compare(name, ext == "yaml" && strings.Contains(source, "\n---\n"), source, args)
}

// verb changes the file, or is nil.
func (l *lawCase) verb(ext, name string) []string {
	index := map[string]string{"yaml": `["first"]`, "json": `["first"]`, "env": `["NEW"]`, "ini": `["last"]["k"]`, "bin": `["data"]`}[ext]
	value := l.text()
	quoted, err := json.Marshal(value)
	if err != nil {
		l.Fatal(err)
	}
	switch k := l.IntN(6); {
	case k == 0:
		return []string{"set", name, index, string(quoted)}
	case k == 1 && ext != "bin":
		return []string{"unset", name, index}
	case k == 2:
		return []string{"rotate", "-i", name}
	case k == 3:
		return []string{"updatekeys", "-y", name}
	case k == 4:
		return []string{"edit", name}
	}
	return nil
}

// compare opens the file with both programs. JSON has no comments, which sops
// writes into the values of YAML now and then.
func (l *lawCase) compare(name string, several bool, source string, verb []string) string {
	args := []string{"decrypt"}
	if !several && !strings.HasSuffix(name, ".bin") {
		args = append(args, "--output-type", "json")
	}
	args = append(args, name)
	want := run(l.T, l.dir, ours, "", nil, args...)
	got := run(l.T, l.dir, theirs, "", nil, args...)
	report := func(msg string) string {
		return fmt.Sprintf("%s, after %q\nsource:\n%s\nsealed:\n%s", msg, verb, source, readFile(l.T, filepath.Join(l.dir, name)))
	}
	switch {
	case want.code != 0:
		return report("we do not open it: " + want.stderr)
	case got.code != 0:
		return report("sops does not open it: " + got.stderr)
	case len(args) == 4:
		var a, b any
		for text, into := range map[string]*any{want.stdout: &a, got.stdout: &b} {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if err := d.Decode(into); err != nil {
				return report("no JSON: " + err.Error())
			}
		}
		if want.stdout == got.stdout {
			return ""
		}
		if !reflect.DeepEqual(a, b) {
			return report("sops opens it as\n" + got.stdout + "\nand we as\n" + want.stdout)
		}
	case strings.HasSuffix(name, ".bin") && want.stdout != got.stdout:
		return report("sops opens it as other bytes")
	}
	return ""
}
