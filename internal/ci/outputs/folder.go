// Package outputs hands plaintext to the rest of a job, and takes it away again: files in a folder ([Open]), variables
// whose names are safe ([PairsOf], [ChildEnv]) in the formats that shells and runners read. What is about to be written
// is noted in a [Manifest] first, by which [Cleanup] removes it, even after a run was killed.
//
// Nothing is written through a symbolic link that somebody who may change the checkout could have put there, and no
// variable is set by which a value would run code.
package outputs

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Options say where plaintext is written.
type Options struct {
	// Dir is the folder, made if it is not there; empty means a new one below Temp. No part of it below the top of a
	// repository or the working folder may be a symbolic link, nor its last part.
	Dir string
	// Temp is where a new folder is made, such as RUNNER_TEMP; empty means the system's place.
	Temp string
	// Manifest notes what is written; nil leaves it to the caller to remove it.
	Manifest *Manifest
	// Force replaces files that no run of the same job wrote.
	Force bool

	testOnlyStage func(stage string)
}

// Folder writes plaintext for a job into one folder. Files have mode 0600 and folders made for them 0700; an open umask
// does not widen that. It is not for use by several goroutines.
type Folder struct {
	dir      string // absolute, without symbolic links
	root     *os.Root
	manifest *Manifest
	folder   int // its place in the manifest
	force    bool
	made     []string // the folders that were made for it, outermost first
	wrote    bool

	testOnlyStage func(stage string)
}

// Open opens the folder. Close it when the last file is written.
func Open(o Options) (out *Folder, err error) {
	dir, missing, err := placeFor(o)
	if err != nil {
		return nil, err
	}
	out = &Folder{dir: dir, manifest: o.Manifest, force: o.Force, testOnlyStage: o.testOnlyStage}
	err = out.manifest.change(func(s *manifestState) {
		out.folder = len(s.Folders)
		s.Folders = append(s.Folders, manifestFolder{Path: dir, Above: missing})
	})
	if err != nil {
		return nil, err
	}
	out.stage("folder noted")
	made := 0
	var root *os.Root
	defer func() {
		if err != nil {
			if root != nil {
				root.Close()
			}
			for _, path := range slices.Backward(missing[:made]) {
				_ = os.Remove(path) // the error to report is the first one
			}
		}
	}()
	for _, path := range missing {
		if err = os.Mkdir(path, 0o700); err != nil {
			return nil, err
		}
		made++
		out.stage("folder made")
	}
	if root, err = os.OpenRoot(dir); err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	at, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	if !os.SameFile(at, info) {
		return nil, &call.Error{Failure: call.Unsafe, Text: "the folder " + text.QuoteName(dir) + " was replaced while it was opened"}
	}
	err = out.manifest.change(func(s *manifestState) {
		f := &s.Folders[out.folder]
		f.Dev, f.Ino = identityOf(info)
		f.Opened = true
	})
	if err != nil {
		return nil, err
	}
	out.root, out.made = root, missing
	return out, nil
}

// Dir returns the folder's path, without symbolic links.
func (out *Folder) Dir() string { return out.dir }

// Close ends the writing. The files stay; where none was written, the folders that were made for them go.
func (out *Folder) Close() error {
	err := out.root.Close()
	if out.wrote {
		return err
	}
	for _, path := range slices.Backward(out.made) {
		if removeErr := os.Remove(path); removeErr != nil {
			return err // it is not empty, and stays in the manifest
		}
	}
	return errors.Join(err, out.manifest.forget(out.folder))
}

// placeFor returns the folder to write into, and which folders are missing for it, outermost first.
func placeFor(o Options) (dir string, missing []string, err error) {
	if o.Dir == "" {
		temp := o.Temp
		if temp == "" {
			temp = os.TempDir()
		}
		if temp, err = filepath.Abs(temp); err != nil {
			return "", nil, err
		}
		if temp, err = filepath.EvalSymlinks(temp); err != nil {
			return "", nil, err
		}
		dir = filepath.Join(temp, "gitsecrets-"+randomHex())
		return dir, []string{dir}, nil
	}
	if dir, err = filepath.Abs(o.Dir); err != nil {
		return "", nil, err
	}
	if err := refuseLinks(dir); err != nil {
		return "", nil, err
	}
	existing := dir
	for {
		info, err := os.Stat(existing)
		if err == nil {
			if !info.IsDir() {
				return "", nil, &call.Error{Failure: call.BadSetting, Text: text.QuoteName(existing) + " is not a folder"}
			}
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || existing == filepath.Dir(existing) {
			return "", nil, err
		}
		existing = filepath.Dir(existing)
	}
	rest, err := filepath.Rel(existing, dir)
	if err != nil {
		return "", nil, err
	}
	if dir, err = filepath.EvalSymlinks(existing); err != nil {
		return "", nil, err
	}
	if rest != "." {
		for part := range strings.SplitSeq(rest, string(filepath.Separator)) {
			dir = filepath.Join(dir, part)
			missing = append(missing, dir)
		}
	}
	return dir, missing, nil
}

func (out *Folder) stage(name string) {
	if out.testOnlyStage != nil {
		out.testOnlyStage(name)
	}
}

// randomHex returns 128 random bits.
func randomHex() string {
	var random [16]byte
	rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}
