package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Manifest notes down what a run of the program leaves behind for the job, so that [Cleanup] can take it away: files
// with plaintext, the folders made for them, and variables that were exported. What is about to be written is noted
// first, so that a run that is killed at any moment leaves nothing that is not in it.
//
// Each run has a file of its own, of mode 0600, in a folder of mode 0700 that jobs may share; it is made when there is
// something to note. The methods may be called from several goroutines.
type Manifest struct {
	path string

	mu    sync.Mutex
	state manifestState
}

// manifestState is the content of a manifest.
type manifestState struct {
	Version int              `json:"version"`
	Run     string           `json:"run"`
	Names   []string         `json:"names,omitempty"`
	Folders []manifestFolder `json:"folders,omitempty"`
}

// manifestFolder is a folder into which files were written. Its path has no symbolic links.
type manifestFolder struct {
	Path string `json:"path"`
	// Above are folders that were made for it, it among them, outermost first.
	Above []string `json:"above,omitempty"`
	// Opened says that it was there, as Dev and Ino tell, before any file was written.
	Opened bool   `json:"opened,omitempty"`
	Dev    uint64 `json:"dev,omitempty"`
	Ino    uint64 `json:"ino,omitempty"`
	// Made are folders that were made in it, from the outside in.
	Made  []string       `json:"made,omitempty"`
	Files []manifestFile `json:"files,omitempty"`
}

// manifestFile is a file that was written, or was about to be.
type manifestFile struct {
	Name   string `json:"name"` // below the folder, with the system's separators
	Temp   string `json:"temp"` // where it was written first
	SHA256 string `json:"sha256"`
	// Written says that Temp was written whole, as the file that Dev and Ino tell.
	Written bool   `json:"written,omitempty"`
	Dev     uint64 `json:"dev,omitempty"`
	Ino     uint64 `json:"ino,omitempty"`
}

const manifestVersion = 1

// NewManifest begins the manifest of one run of the program in a folder, such as one in RUNNER_TEMP, which is made if
// it is not there. run says for which job it is.
func NewManifest(folder, run string) (*Manifest, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	if err := privateFolder(folder); err != nil {
		return nil, err
	}
	return &Manifest{path: filepath.Join(folder, runPrefix(run)+"-"+randomHex()+".json"),
		state: manifestState{Version: manifestVersion, Run: run}}, nil
}

// Path returns where the manifest is, or will be.
func (m *Manifest) Path() string { return m.path }

// AddNames notes variables that are about to be exported to later steps.
func (m *Manifest) AddNames(names ...string) error {
	return m.change(func(s *manifestState) {
		for _, name := range names {
			if !slices.Contains(s.Names, name) {
				s.Names = append(s.Names, name)
			}
		}
	})
}

// change changes the manifest and writes it.
func (m *Manifest) change(do func(*manifestState)) error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	do(&m.state)
	return m.save()
}

// forget drops a folder in which nothing was left, and the manifest itself if there is nothing else in it.
func (m *Manifest) forget(folder int) error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &m.state.Folders[folder]
	f.Above, f.Made, f.Files, f.Opened = nil, nil, nil, false // the others keep their places
	if len(m.state.Names) > 0 || slices.ContainsFunc(m.state.Folders, func(f manifestFolder) bool { return f.Opened || f.Above != nil }) {
		return m.save()
	}
	err := os.Remove(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// save writes the manifest, whole or not at all. It is not synced: it has to outlive the process, not the machine.
func (m *Manifest) save() error {
	text, err := json.Marshal(m.state)
	if err != nil {
		return err
	}
	temp := m.path + ".tmp"
	err = writeNew(temp, text)
	for tries := 0; errors.Is(err, fs.ErrNotExist) && tries < 100; tries++ { // another job's cleanup removed the empty folder
		if err = privateFolder(filepath.Dir(m.path)); err == nil {
			err = writeNew(temp, text)
		}
	}
	if err != nil {
		return err
	}
	if err := os.Rename(temp, m.path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// writeNew makes a file of mode 0600. On failure the file does not exist.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|atomicfile.NoFollow, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// privateFolder makes a folder that only this user can enter, or checks that it is one.
func privateFolder(path string) error {
	var err error
	for range maxRemoved {
		if err = os.Mkdir(path, 0o700); err == nil || !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err = checkPrivateFolder(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// maxRemoved is how often the cleanup of another job may remove the folder, empty, while this one makes it.
const maxRemoved = 100

func checkPrivateFolder(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &call.Error{Failure: call.Unsafe, Text: text.QuoteName(path) + " is not a folder"}
	case !isOurs(info) || !isPrivate(info):
		return &call.Error{Failure: call.Unsafe, Text: "the folder " + text.QuoteName(path) + " does not belong to this user alone", Hint: "remove it, or name another one"}
	}
	return nil
}

// runPrefix is how the names of the manifests of one job begin.
func runPrefix(run string) string {
	sum := sha256.Sum256([]byte(run))
	return hex.EncodeToString(sum[:8])
}
