package remotes

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// memory is what remotes said of their refs when something was pushed to them. It lies in Git's folder, which linked
// working trees share. Whoever removes it loses nothing but time: the next push judges more.
type memory struct {
	path   string
	before []byte
	unread bool // it is there, and cannot be read or understood

	Remotes map[string]tracked `json:"remotes"` // by name
	Told    []*told            `json:"told"`    // the address that was asked last first
}

// tracked is the address that the tracking branches of a remote are from.
type tracked struct {
	Address string `json:"address"` // hashed
	// Stale are tracking branches that are from an address before, hashed with what they named: they count again when
	// they move.
	Stale []string `json:"stale,omitempty"`
}

// told is what the refs of an address named, the one that was told last first.
type told struct {
	Address string    `json:"address"` // hashed
	Refs    []toldRef `json:"refs"`
}

type toldRef struct {
	Ref string     `json:"ref"`
	ID  gitrepo.ID `json:"id"`
}

const (
	maxMemory    = 4 << 20 // bytes
	maxAddresses = 32
	maxRemotes   = 64
	maxToldRefs  = 64
	maxStale     = 20_000 // above that none counts
	allStale     = "*"
)

// memoryPath is where the memory of a repository lies.
func memoryPath(commonDir string) string {
	return filepath.Join(commonDir, "gitsecrets", "remotes.json")
}

// readMemory reads it. One that cannot be understood, and one that comes with an error, vouches for nothing: what it
// said of addresses that changed is not known any more.
func readMemory(commonDir string) (*memory, error) {
	m := &memory{path: memoryPath(commonDir), Remotes: map[string]tracked{}}
	f, err := os.Open(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		m.before, err = bounded.Read(f, maxMemory)
		f.Close()
	}
	if errors.Is(err, bounded.ErrTooLong) {
		err = nil // what was cut off is not understood
	}
	if err != nil {
		m.unread = true
		return m, err
	}
	if json.Unmarshal(m.before, m) != nil || slices.ContainsFunc(m.Told, (*told).broken) {
		m.Remotes, m.Told, m.unread = nil, nil, true
	}
	if m.Remotes == nil {
		m.Remotes = map[string]tracked{}
	}
	return m, nil
}

// write keeps what has changed. What is kept of the bounds is what was told last.
func (m *memory) write() error {
	m.Told = m.Told[:min(len(m.Told), maxAddresses)]
	for name := range m.Remotes {
		if len(m.Remotes) <= maxRemotes {
			break
		}
		delete(m.Remotes, name)
	}
	src, err := json.Marshal(m)
	if err != nil || bytes.Equal(src, m.before) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(m.path, src, atomicfile.Options{Mode: 0o600, NoSync: true})
}

// of is what an address told, made the first of all.
func (m *memory) of(address string) *told {
	t := &told{Address: address}
	if i := slices.IndexFunc(m.Told, func(t *told) bool { return t.Address == address }); i >= 0 {
		t = m.Told[i]
		m.Told = slices.Delete(m.Told, i, i+1)
	}
	m.Told = slices.Insert(m.Told, 0, t)
	return t
}

// broken reports what nobody has written down here.
func (t *told) broken() bool {
	return t == nil || slices.ContainsFunc(t.Refs, func(r toldRef) bool {
		return len(r.ID) < 40 || strings.Trim(string(r.ID), "0123456789abcdef") != ""
	})
}

// set takes down what a ref names; without an id it is forgotten.
func (t *told) set(ref string, id gitrepo.ID) {
	t.Refs = slices.DeleteFunc(t.Refs, func(r toldRef) bool { return r.Ref == ref })
	if id != "" {
		t.Refs = slices.Insert(t.Refs, 0, toldRef{ref, id})
	}
	t.Refs = t.Refs[:min(len(t.Refs), maxToldRefs)]
}

// staleMark stands for a tracking branch and what it names.
func staleMark(r gitrepo.Ref) string {
	h := fnv.New64a()
	io.WriteString(h, r.Name+" "+string(r.ID))
	return hex.EncodeToString(h.Sum(nil))
}

// staleMarks are those of all tracking branches.
func staleMarks(refs []gitrepo.Ref) []string {
	if len(refs) > maxStale {
		return []string{allStale}
	}
	var out []string
	for _, r := range refs {
		out = append(out, staleMark(r))
	}
	return out
}

// fresh are the tracking branches that are from the address.
func (t tracked) fresh(refs []gitrepo.Ref) []gitrepo.Ref {
	stale := map[string]bool{}
	for _, s := range t.Stale {
		stale[s] = true
	}
	var out []gitrepo.Ref
	for _, r := range refs {
		if !stale[allStale] && !stale[staleMark(r)] {
			out = append(out, r)
		}
	}
	return out
}

// Forget removes the memory.
func Forget(commonDir string) error {
	path := memoryPath(commonDir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	os.Remove(filepath.Dir(path)) // if nothing else is in it
	return nil
}
