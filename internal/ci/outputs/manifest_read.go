package outputs

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxManifest bounds a manifest.
const maxManifest = 64 << 20

var manifestName = text.Lazily(`^[0-9a-f]{16}-[0-9a-f]{32}\.json(\.tmp)?$`)

// readManifest reads a manifest that is this user's alone. One that is not there has nothing in it.
func readManifest(path string) (*manifestState, error) {
	bad := func(why string) (*manifestState, error) {
		return nil, &call.Error{Failure: call.Unsafe, Text: "the manifest " + text.QuoteName(path) + " " + why + ": nothing that it names is removed"}
	}
	f, err := atomicfile.OpenRegular(path, os.O_RDONLY, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &manifestState{}, nil
	case errors.Is(err, bounded.ErrIrregular):
		return bad("is not a regular file")
	case err != nil:
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !isOurs(info) || !isPrivate(info):
		return bad("does not belong to this user alone")
	}
	text, err := bounded.Read(f, maxManifest)
	switch {
	case errors.Is(err, bounded.ErrTooLong):
		return bad("is too long")
	case err != nil:
		return nil, err
	}
	var s manifestState
	if json.Unmarshal(text, &s) != nil || s.Version != manifestVersion {
		return bad("cannot be read")
	}
	return &s, nil
}

// manifestsOf lists the manifests in a folder: those of one job, or all where run is empty. Others' files are left out.
func manifestsOf(folder, run string) (paths []string, err error) {
	if err := checkPrivateFolder(folder); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		if !manifestName().MatchString(name) || run != "" && !strings.HasPrefix(name, runPrefix(run)+"-") {
			continue
		}
		// A run that was killed before its first rename leaves the temporary file alone.
		path := filepath.Join(folder, strings.TrimSuffix(name, ".tmp"))
		if !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// wrote reports whether a run of the same job wrote the file, as it is now.
func (m *Manifest) wrote(folder, name string, is func(manifestFile) bool) bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	states := []*manifestState{&m.state}
	defer m.mu.Unlock()
	paths, err := manifestsOf(filepath.Dir(m.path), m.state.Run)
	if err != nil {
		paths = nil // nothing is known to be ours then
	}
	for _, path := range paths {
		if s, err := readManifest(path); err == nil && path != m.path {
			states = append(states, s)
		}
	}
	for _, s := range states {
		for _, f := range s.Folders {
			for _, file := range f.Files {
				if f.Path == folder && file.Name == name && file.Written && is(file) {
					return true
				}
			}
		}
	}
	return false
}
