package hooks

import (
	"context"
	"fmt"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// job is one file to judge, with its content if that was read beforehand.
type job struct {
	change      *gitrepo.Change
	blob        *gitrepo.HistoryBlob
	done, total int // how far the judgement has come; 0: to be counted here
}

// worthAStream is for how many files a git of their own, which gives all contents without being asked for each, costs
// less than it saves.
const worthAStream = 40

// worthAnother is for how many files one more such git is worth its start.
const worthAnother = 150

// feed gives out the files, with their contents where there are many.
func (j *judge) feed(ctx context.Context, give func(job) error) error {
	var many []gitrepo.Entry
	var their []*gitrepo.Change
	contents, ok := j.snap.tree.(interface {
		Contents(ctx context.Context, files []gitrepo.Entry, limit int64, each func(gitrepo.HistoryBlob) error) error
	})
	ok = ok && len(j.snap.changes) >= worthAStream
	for i := range j.snap.changes {
		c := &j.snap.changes[i]
		if ok && c.New.ID != "" && !c.New.Mode.IsGitlink() {
			many, their = append(many, c.New), append(their, c)
		} else if err := give(job{change: c}); err != nil {
			return err
		}
	}
	if len(many) == 0 {
		return nil
	}
	// Git reads one object after the other: several of them share the work.
	parts := min(j.workers(), max(1, len(many)/worthAnother))
	failed := make([]error, parts)
	var wg sync.WaitGroup
	for i := range parts {
		from, to := len(many)*i/parts, len(many)*(i+1)/parts
		wg.Go(func() {
			n := from
			err := contents.Contents(ctx, many[from:to], j.limit(), func(b gitrepo.HistoryBlob) error {
				n++
				return give(job{change: their[n-1], blob: &b})
			})
			if err != nil && n < to {
				err = fmt.Errorf("%s cannot be judged: %w", text.Path(their[n].Path), err)
			}
			failed[i] = err
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}
