package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Versions returns what HEAD and the index hold of a file, given by its path on disk, each content once. While a merge
// is under way the index holds up to three. There are none for a file that is not tracked, or lies in no repository. It
// is the repository that holds the file itself which is asked, be it a submodule, a linked worktree or another one than
// that of the current folder, and not what a link to the file lies in.
//
// It runs one git, and none where no folder above the file has a .git. A version larger than limit is a *TooLargeError.
func Versions(ctx context.Context, opts Options, file string, limit int64) ([][]byte, error) {
	file, err := filepath.EvalSymlinks(file)
	if err == nil {
		file, err = filepath.Abs(file)
	}
	if err != nil {
		return nil, err
	}
	r, path, err := holding(ctx, opts, file)
	if r == nil || err != nil {
		return nil, err
	}
	defer r.Close()
	var out [][]byte
	var seen []ID
	for _, state := range []string{"HEAD:", ":0:", ":1:", ":2:", ":3:"} {
		id, kind, _, err := r.kind(ctx, state+path)
		if errors.Is(err, ErrMissing) || err == nil && (kind != "blob" || slices.Contains(seen, id)) {
			continue
		}
		if err != nil {
			return nil, unlessOutside(err)
		}
		data, _, err := r.object(ctx, string(id), "blob", limit)
		if err != nil {
			return nil, err
		}
		seen, out = append(seen, id), append(out, data)
	}
	return out, nil
}

// holding opens the repository that holds a file, and says what the file is called there; nil if there is none. The
// variables that tell a hook where its repository is may speak of another one.
func holding(ctx context.Context, opts Options, file string) (*Repo, string, error) {
	top := topAbove(filepath.Dir(file))
	if named := slices.ContainsFunc(opts.Env, placesRepository); named {
		r, err := Open(Options{Git: opts.Git, Env: opts.Env})
		if err != nil {
			return nil, "", err
		}
		root, err := r.Root(ctx)
		if err == nil {
			root, err = filepath.EvalSymlinks(root)
		}
		if path, ok := strings.CutPrefix(file, root+string(filepath.Separator)); err == nil && ok && (top == "" || top == root) {
			return r, filepath.ToSlash(path), nil
		}
		r.Close()
	}
	if top == "" {
		return nil, "", nil
	}
	env := slices.DeleteFunc(slices.Clone(opts.Env), placesRepository)
	r, err := Open(Options{Dir: filepath.Dir(file), Git: opts.Git, Env: env})
	return r, "./" + filepath.Base(file), err
}

// topAbove returns the nearest folder that has a .git, a file or a folder with a HEAD; empty if there is none. Git
// passes over other folders of that name.
func topAbove(dir string) string {
	for {
		git := filepath.Join(dir, ".git")
		if info, err := os.Stat(git); err == nil && info.IsDir() {
			_, err = os.Lstat(filepath.Join(git, "HEAD"))
			if err == nil {
				return dir
			}
		} else if err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// placesRepository reports whether a variable says where the repository is, or a part of it (git rev-parse
// --local-env-vars).
func placesRepository(v string) bool {
	switch name, _, _ := strings.Cut(v, "="); name {
	case "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_IMPLICIT_WORK_TREE", "GIT_PREFIX", "GIT_SHALLOW_FILE":
		return true
	}
	return false
}

// unlessOutside takes away the error of a .git that is not a repository, as git passes over it on its way up.
func unlessOutside(err error) error {
	var failed *GitError
	if errors.As(err, &failed) && strings.HasPrefix(failed.Said, saysNoRepository) {
		return nil
	}
	return err
}
