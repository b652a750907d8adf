package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// index is the index that Git commits from: GIT_INDEX_FILE where it is set. It is known as a commit's tree with what is
// staged upon it, so that it is not listed unless somebody needs it all.
type index struct {
	repo *Repo
	disk onDisk
}

// Index returns the index that Git names. top is the top of the working tree, empty if that is not known.
func (r *Repo) Index(top string) Tree { return &index{repo: r, disk: onDisk{top: top}} }

func (x *index) Name() string { return "the index" }

// Lookup looks where StagedChanges looked last. It does not ask git cat-file for a name in the index: that answers
// "missing" both for what is not staged and for what is, but whose content is not here, as in a partial clone.
func (x *index) Lookup(ctx context.Context, name string) (Entry, bool, error) {
	s, err := x.repo.lastStaged(ctx)
	if err != nil {
		return Entry{}, false, err
	}
	if e, ok := s.changed[name]; ok {
		return e, e.ID != "", nil
	}
	return s.base.Lookup(ctx, name)
}

// Contents reads many files by one git.
func (x *index) Contents(ctx context.Context, files []Entry, limit int64, each func(HistoryBlob) error) error {
	return x.repo.Contents(ctx, files, limit, each)
}

func (x *index) Blob(ctx context.Context, e Entry, limit int64) ([]byte, error) {
	if x.unchanged(e.Path) {
		if data, ok := x.disk.blob(e, limit); ok {
			return data, nil
		}
	}
	return x.repo.blob(ctx, e, limit)
}

// unchanged reports whether a path is staged as it was, as far as StagedChanges has seen. What is committed is always
// read from Git.
func (x *index) unchanged(name string) bool {
	x.repo.stagedMu.Lock()
	defer x.repo.stagedMu.Unlock()
	if x.repo.staged == nil {
		return false
	}
	_, changed := x.repo.staged.changed[name]
	return !changed
}

func (x *index) Entries(ctx context.Context) ([]Entry, error) { return x.list(ctx, ":/") }

// list asks for entries by pathspec. Unmerged ones are ErrUnmerged.
func (x *index) list(ctx context.Context, specs ...string) ([]Entry, error) {
	var out []Entry
	args := append([]string{"ls-files", "--stage", "-z", "--full-name", "--"}, specs...)
	err := x.repo.stream(ctx, nil, func(r io.Reader) error {
		return records(r, func(rec []byte) error {
			e, err := stagedEntry(rec)
			out = append(out, e)
			return err
		})
	}, args...)
	return out, err
}

// stagedEntry reads a record of git ls-files --stage.
func stagedEntry(rec []byte) (Entry, error) {
	meta, path, ok := bytes.Cut(rec, []byte("\t"))
	f := strings.Split(string(meta), " ")
	if !ok || len(f) != 3 {
		return Entry{}, errors.New("git ls-files gave a line that is not understood")
	}
	if f[2] != "0" {
		return Entry{}, ErrUnmerged
	}
	return listedEntry(f[0], f[1], string(path))
}

// listedEntry is an entry of a list, and must have an id.
func listedEntry(mode, id, path string) (Entry, error) {
	e, err := entry(mode, id, path)
	if err == nil && e.ID == "" {
		err = errors.New("git gave an entry without an object")
	}
	return e, err
}

func (x *index) FS(ctx context.Context) fs.FS {
	return policyFS{ctx: ctx, tree: x}
}

// entry checks the fields of an entry as git prints them.
func entry(mode, id, path string) (Entry, error) {
	m, err := strconv.ParseUint(mode, 8, 32)
	if err != nil || path == "" || strings.Contains(path, "\x00") {
		return Entry{}, errors.New("git gave an entry that is not understood")
	}
	if isZero(id) && m == 0 {
		return Entry{}, nil
	}
	if !isID(id) {
		return Entry{}, errors.New("git gave an invalid object id")
	}
	return Entry{Path: path, Mode: Mode(m), ID: ID(id)}, nil
}

// errTruncated is an output whose last record has no end. Why, git says.
var errTruncated = errors.New("the output of git ended too early")

// maxRecord bounds one record of git's output: a path, and what stands before it.
const maxRecord = 1 << 20

// records splits what git prints with -z. What does not end in a NUL is an error: git was killed.
func records(r io.Reader, each func([]byte) error) error {
	br := bufio.NewReaderSize(r, 64<<10)
	var long []byte
	for {
		rec, err := br.ReadSlice(0)
		switch {
		case err == nil:
			if long != nil {
				rec = append(long, rec...)
				long = nil
			}
			if err := each(rec[:len(rec)-1]); err != nil {
				return err
			}
		case errors.Is(err, bufio.ErrBufferFull):
			if long = append(long, rec...); len(long) > maxRecord {
				return errors.New("git gave a record without an end")
			}
		case errors.Is(err, io.EOF):
			if len(rec)+len(long) > 0 {
				return errTruncated
			}
			return nil
		default:
			return fmt.Errorf("the output of git cannot be read: %w", err)
		}
	}
}

// blob reads an entry's content.
func (r *Repo) blob(ctx context.Context, e Entry, limit int64) ([]byte, error) {
	if e.Mode.IsGitlink() {
		return nil, errors.New("is a submodule, not a file")
	}
	data, _, err := r.object(ctx, string(e.ID), "blob", limit)
	return data, err
}
