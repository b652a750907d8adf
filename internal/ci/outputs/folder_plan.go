package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// plan checks the names of a batch before anything is written, and returns the folders that are missing for it,
// outermost first.
func (out *Folder) plan(files []File) (batch []*writing, missing []string, err error) {
	seen := map[string]bool{}
	for _, file := range files {
		name := filepath.Clean(filepath.FromSlash(file.Name))
		if strings.ContainsRune(file.Name, 0) || !filepath.IsLocal(name) || name == "." || runtime.GOOS == "windows" && strings.ContainsAny(name, ":*?\"<>|") {
			return nil, nil, &call.Error{Failure: call.Unsafe, Text: text.QuoteName(file.Name) + " is not a valid name for a file in the folder"}
		}
		if seen[fileKey(name)] {
			return nil, nil, &call.Error{Failure: call.BadSetting, Text: "two files would be written to " + text.QuoteName(name)}
		}
		seen[fileKey(name)] = true
		lacks, err := missingFolders(out.root, name)
		if err != nil {
			return nil, nil, err
		}
		for _, folder := range lacks {
			if !slices.Contains(missing, folder) {
				missing = append(missing, folder)
			}
		}
		old, err := out.inTheWay(name)
		if err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(file.Data)
		batch = append(batch, &writing{
			manifestFile: manifestFile{Name: name, Temp: tempBeside(name), SHA256: hex.EncodeToString(sum[:])},
			data:         file.Data, old: old})
	}
	return batch, missing, nil
}

// missingFolders checks that every folder on the way to a file is one, and returns those that are not there, outermost
// first.
func missingFolders(root *os.Root, name string) (missing []string, err error) {
	var way string
	for part := range strings.SplitSeq(filepath.Dir(name), string(filepath.Separator)) {
		way = filepath.Join(way, part)
		if way == "." {
			continue
		}
		info, err := root.Lstat(way)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, way)
		case err != nil:
			return nil, explainWrite(name, err)
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, &call.Error{Failure: call.Unsafe, Text: "plaintext is not written through the symbolic link " + text.QuoteName(way)}
		case !info.IsDir():
			return nil, &call.Error{Failure: call.BadSetting, Text: "cannot write " + text.QuoteName(name) + ": " + text.QuoteName(way) + " is not a folder"}
		}
	}
	return missing, nil
}

// inTheWay returns what a new file would replace; nil if there is nothing. What may not be replaced is an error.
func (out *Folder) inTheWay(name string) (*replaced, error) {
	ours := false
	info, err := out.root.Lstat(name)
	if err == nil && info.Mode().IsRegular() {
		ours = out.manifest.wrote(out.dir, name, func(f manifestFile) bool { return isStill(out.root, f) == nil })
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, explainWrite(name, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, &call.Error{Failure: call.Unsafe, Text: "plaintext is not written through the symbolic link " + text.QuoteName(name)}
	case !info.Mode().IsRegular():
		return nil, &call.Error{Failure: call.BadSetting, Text: "cannot write " + text.QuoteName(name) + ": what is there is not a file"}
	case !out.force && !ours:
		return nil, &call.Error{Failure: call.BadSetting, Text: "the file " + text.QuoteName(name) + " already exists, and was not written by this job", Hint: "write to another folder, or replace it with --force"}
	}
	data, err := out.root.ReadFile(name)
	if err != nil {
		return nil, explainWrite(name, err)
	}
	return &replaced{data, info.Mode().Perm(), ours}, nil
}

// fileKey is what two names have in common that mean one file.
func fileKey(name string) string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.ToLower(name)
	}
	return name
}

// Why a file is not what was written any more.
var (
	errOtherFile = errors.New("another file is in its place")
	errChanged   = errors.New("it was changed since")
	errLink      = errors.New("a symbolic link leads to it")
)

// isStill reports whether the file at f.Name is the one that was written, with the same content. fs.ErrNotExist is its
// error for one that is gone.
func isStill(root *os.Root, f manifestFile) error {
	info, err := lstatBelow(root, f.Name)
	if err != nil {
		return err
	}
	dev, ino := identityOf(info)
	switch {
	case !info.Mode().IsRegular():
		return bounded.ErrIrregular
	case !isOurs(info) || dev != f.Dev || ino != f.Ino:
		return errOtherFile
	}
	sum, err := sumOf(root, f.Name)
	switch {
	case err != nil:
		return err
	case sum != f.SHA256:
		return errChanged
	}
	return nil
}

// lstatBelow is Lstat for a name no part of which is a symbolic link.
func lstatBelow(root *os.Root, name string) (fs.FileInfo, error) {
	if !filepath.IsLocal(name) || name != filepath.Clean(name) || name == "." {
		return nil, bounded.ErrIrregular
	}
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		info, err := root.Lstat(dir)
		switch {
		case err != nil:
			return nil, err
		case !info.IsDir():
			return nil, errLink
		}
	}
	return root.Lstat(name)
}
