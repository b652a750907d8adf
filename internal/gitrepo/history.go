package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// HistoryBlob is one content that some commit holds or held.
type HistoryBlob struct {
	Entry Entry // with one of its paths
	Data  []byte
	Large *TooLargeError // not nil: Data was not read
	Done  int            // objects so far, this one included
	Total int
}

// History hands the content of every file that any ref has ever reached to each, once. It stops at the first error.
func (r *Repo) History(ctx context.Context, limit int64, each func(HistoryBlob) error) error {
	objects, err := r.reachable(ctx)
	if err != nil {
		return err
	}
	return r.contents(ctx, objects, limit, each)
}

// Contents hands the content of each of many files to each, in their order. It stops at the first error.
func (r *Repo) Contents(ctx context.Context, files []Entry, limit int64, each func(HistoryBlob) error) error {
	next := 0
	err := r.contents(ctx, files, limit, func(b HistoryBlob) error {
		if next++; b.Done != next {
			return notAFile(files[next-1])
		}
		return each(b)
	})
	if err == nil && next < len(files) {
		err = notAFile(files[next])
	}
	return err
}

func notAFile(e Entry) error { return fmt.Errorf("object %s is not a file", Short(e.ID)) }

// contents asks one git for all objects at once.
func (r *Repo) contents(ctx context.Context, objects []Entry, limit int64, each func(HistoryBlob) error) error {
	pr, pw := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(pw, 64<<10)
		for _, e := range objects {
			if _, err := w.WriteString(string(e.ID) + "\n"); err != nil {
				return // the reader has gone
			}
		}
		pw.CloseWithError(w.Flush())
	}()
	defer pr.Close()
	return r.stream(ctx, pr, func(in io.Reader) error {
		br := bufio.NewReaderSize(in, 256<<10)
		for i, e := range objects {
			b, ok, err := historyBlob(br, e, limit)
			if err != nil {
				return err
			}
			if b.Done, b.Total = i+1, len(objects); !ok {
				continue
			}
			if err := each(b); err != nil {
				return err
			}
		}
		return nil
	}, "cat-file", "--batch", "--buffer")
}

// historyBlob reads one object; false for a folder.
func historyBlob(br *bufio.Reader, e Entry, limit int64) (HistoryBlob, bool, error) {
	b := HistoryBlob{Entry: e}
	line, err := br.ReadString('\n')
	if err != nil {
		return b, false, errors.New("git cat-file ended too early")
	}
	f := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(f) == 2 {
		return b, false, fmt.Errorf("object %s: %w", Short(e.ID), ErrMissing)
	}
	if len(f) != 3 || f[0] != string(e.ID) {
		return b, false, errors.New("git cat-file gave an answer that is not understood")
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil || size < 0 {
		return b, false, errors.New("git cat-file gave an invalid size")
	}
	if f[1] != "blob" || size > limit {
		if _, err := io.CopyN(io.Discard, br, size+1); err != nil {
			return b, false, errors.New("git cat-file ended too early")
		}
		b.Large = &TooLargeError{size, limit}
		return b, f[1] == "blob", nil
	}
	b.Data = make([]byte, size)
	if _, err := io.ReadFull(br, b.Data); err != nil {
		return b, false, errors.New("git cat-file ended too early")
	}
	if end, err := br.ReadByte(); err != nil || end != '\n' {
		return b, false, errors.New("git cat-file gave an answer that is not understood")
	}
	return b, true, nil
}

// reachable lists the files that any ref reaches, each content once; one that a ref names itself has no path. A path
// with a line break is cut there.
func (r *Repo) reachable(ctx context.Context) ([]Entry, error) {
	var out []Entry
	err := r.stream(ctx, nil, func(in io.Reader) error {
		br := bufio.NewReaderSize(in, 256<<10)
		for {
			line, err := br.ReadString('\n')
			if errors.Is(err, io.EOF) {
				if line != "" {
					return errTruncated
				}
				return nil
			}
			if err != nil {
				return err
			}
			id, path, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if !isID(id) {
				return errors.New("git rev-list gave a line that is not understood")
			}
			if path == "" {
				path = "(object " + Short(ID(id)) + ")"
			}
			out = append(out, Entry{Path: path, Mode: ModeFile, ID: ID(id)})
		}
	}, "rev-list", "--objects", "--filter=object:type=blob", "--filter-provided-objects", "--all")
	return out, err
}
