package gitrepo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// LFSPointer is what Git LFS commits in the place of a file.
type LFSPointer struct {
	OID  string // SHA-256 of the file, in hexadecimal
	Size int64
}

// LFS reads the file that a pointer stands for from the store of Git LFS, which lies beside the objects of the
// repository. false: it is not there, or not what the pointer says. Nothing is fetched.
func (r *Repo) LFS(ctx context.Context, p LFSPointer) ([]byte, bool, error) {
	if len(p.OID) != 64 || strings.Trim(p.OID, "0123456789abcdef") != "" {
		return nil, false, nil
	}
	store, err := r.lfsStore(ctx)
	if err != nil {
		return nil, false, err
	}
	f, err := openFile(filepath.Join(store, "objects", p.OID[:2], p.OID[2:4], p.OID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() != p.Size {
		return nil, false, err
	}
	data, err := bounded.Read(f, p.Size)
	if errors.Is(err, bounded.ErrTooLong) { // it grew, and is another file
		return nil, false, nil
	}
	sum := sha256.Sum256(data)
	return data, err == nil && hex.EncodeToString(sum[:]) == p.OID, err
}

// lfsStore is the folder where Git LFS keeps files: lfs.storage where that is set, else lfs in the folder that linked
// working trees share.
func (r *Repo) lfsStore(ctx context.Context) (string, error) {
	if err := r.Locate(ctx); err != nil {
		return "", err
	}
	store := filepath.Join(r.place.commonDir, "lfs")
	if _, err := os.Lstat(store); err == nil {
		return store, nil
	}
	out, err := r.run(ctx, nil, "config", "--type=path", "--get", "lfs.storage")
	var failed *GitError
	if errors.As(err, &failed) && failed.Code == 1 {
		return store, nil
	}
	if err != nil {
		return "", err
	}
	return absolute(r.place.commonDir, strings.TrimSuffix(string(out), "\n")), nil
}

// LFS reads from the store of the repository.
func (t *commitTree) LFS(ctx context.Context, p LFSPointer) ([]byte, bool, error) {
	return t.repo.LFS(ctx, p)
}

// LFS reads from the store of the repository.
func (x *index) LFS(ctx context.Context, p LFSPointer) ([]byte, bool, error) {
	return x.repo.LFS(ctx, p)
}

// LFS reads from the store of the repository.
func (w *worktree) LFS(ctx context.Context, p LFSPointer) ([]byte, bool, error) {
	return w.repo.LFS(ctx, p)
}
