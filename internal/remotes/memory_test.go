package remotes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// What is remembered of remotes has bounds, whatever they say.
func TestMemoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	id := gitrepo.ID(strings.Repeat("ab", 20))
	m, err := readMemory(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxAddresses {
		said := m.of(hashOf(fmt.Sprint(i)))
		for j := range 3 * maxToldRefs {
			said.set(fmt.Sprint("refs/heads/", j), id)
		}
	}
	for i := range 3 * maxRemotes {
		m.Remotes[fmt.Sprint(i)] = tracked{Address: hashOf(fmt.Sprint(i))}
	}
	if err := m.write(); err != nil {
		t.Fatal(err)
	}
	m, err = readMemory(dir)
	if err != nil || len(m.Told) != maxAddresses || len(m.Remotes) != maxRemotes || len(m.Told[0].Refs) != maxToldRefs {
		t.Errorf("%d addresses, %d remotes, %v", len(m.Told), len(m.Remotes), err)
	}
	if m.Told[0].Address != hashOf(fmt.Sprint(3*maxAddresses-1)) || m.Told[0].Refs[0].Ref != fmt.Sprint("refs/heads/", 3*maxToldRefs-1) {
		t.Error("what was told last does not come first")
	}
	var many []gitrepo.Ref
	for i := range maxStale + 1 {
		many = append(many, gitrepo.Ref{Name: fmt.Sprint("refs/remotes/origin/", i), ID: id})
	}
	if fresh := (tracked{Stale: staleMarks(many)}).fresh(many); len(fresh) != 0 {
		t.Errorf("%d of too many stale branches count", len(fresh))
	}
	if info, err := os.Stat(memoryPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// A memory that nobody wrote like this says nothing, and is not taken for one that is not there: tracking branches
// would count then, whatever address they are from.
func TestBrokenMemory(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"told":[null]}`, `{"told":[{"refs":[{"ref":"x","id":"HEAD"}]}]}`, `{"told":[{"refs":[{"ref":"x","id":""}]}]}`, `{"remotes":{"origin":1}}`} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(memoryPath(dir)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(memoryPath(dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := readMemory(dir)
		if err != nil || len(m.Told) != 0 || len(m.Remotes) != 0 || !m.unread {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
}
