package hooks

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/copies"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/scan"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// DefaultMaxSize is how large a file is looked at, if Options says nothing. Larger ones are refused.
const DefaultMaxSize = 128 << 20

// Options: the zero value is the safe one.
type Options struct {
	// MaxSize is how many bytes of a file are looked at; a larger file is refused. 0 means DefaultMaxSize.
	MaxSize int64
	// AllowLarge lets files above MaxSize pass with a warning, if no rule governs them.
	AllowLarge bool
	// Workers is how many files are judged at once; 0 means one a core.
	Workers int
	// IgnoreCase: the file system does not tell upper from lower case (core.ignorecase), so that a rule for one
	// spelling of a path holds for all.
	IgnoreCase bool
	// Progress, if not nil, is told of each file that was judged.
	Progress func(done, total int)
}

// judge is one judgement.
type judge struct {
	ctx     context.Context
	snap    *snapshot
	opts    *Options
	scanner *scan.Scanner
	search  *Search
	own     *policy.Resolver
	bases   []*policy.Resolver
	accept  *acceptList
	shapes  *shapes
	gone    []*copies.Shape            // of encrypted files that go away in this change
	left    []*copies.Shape            // of those that a merge leaves out as one of its sides does
	folders map[string]*folderSiblings // not nil: files in the clear are compared with those beside them

	mu     sync.Mutex
	report Report
	plain  []*judged // in the clear, and nothing was found
	done   int
}

// jury judges many snapshots and remembers what they have in common.
type jury struct {
	opts      *Options
	search    *Search // not nil: look for this, and ask no policy
	scanner   *scan.Scanner
	policies  policy.Cache
	resolvers map[gitrepo.Tree]*policy.Resolver
	accepts   map[gitrepo.Tree]*acceptList
	shapes    shapes
}

func newJury(opts *Options) *jury {
	return &jury{opts: opts, scanner: scan.New(scan.Options{}), resolvers: map[gitrepo.Tree]*policy.Resolver{}, accepts: map[gitrepo.Tree]*acceptList{}}
}

// forget drops what was remembered of a tree.
func (y *jury) forget(t gitrepo.Tree) {
	delete(y.resolvers, t)
	delete(y.accepts, t)
}

func (y *jury) resolver(ctx context.Context, t gitrepo.Tree) *policy.Resolver {
	r := y.resolvers[t]
	if r == nil {
		r = y.policies.NewResolver(t.FS(ctx))
		y.resolvers[t] = r
	}
	return r
}

func (y *jury) judge(ctx context.Context, snap *snapshot) (*Report, error) {
	j, err := y.prepare(ctx, snap)
	if err != nil {
		return nil, err
	}
	if y.search == nil {
		if err := j.findLeaving(); err != nil {
			return nil, err
		}
	}
	j.folders = map[string]*folderSiblings{}
	if err := j.all(j.feed); err != nil {
		return nil, err
	}
	if err := j.findCopies(); err != nil {
		return nil, err
	}
	j.report.Warnings = append(j.report.Warnings, j.own.Warnings()...)
	return j.report.close(), nil
}

// prepare finds what speaks for a snapshot.
func (y *jury) prepare(ctx context.Context, snap *snapshot) (*judge, error) {
	j := &judge{ctx: ctx, snap: snap, opts: y.opts, scanner: y.scanner, search: y.search, own: y.resolver(ctx, snap.tree), shapes: &y.shapes}
	for _, b := range snap.bases {
		j.bases = append(j.bases, y.resolver(ctx, b))
	}
	from := snap.accept
	if from == nil {
		from = snap.tree
	}
	if y.accepts[from] == nil {
		y.accepts[from] = &acceptList{tree: from}
	}
	j.accept = y.accepts[from]
	return j, nil
}

// workers is how many files are judged at once.
func (j *judge) workers() int {
	if j.opts.Workers > 0 {
		return j.opts.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// all judges every file that feed gives out, several at a time, and stops at the first error.
func (j *judge) all(feed func(ctx context.Context, give func(job) error) error) error {
	ctx, cancel := context.WithCancelCause(j.ctx)
	defer cancel(nil)
	defer func(outer context.Context) { j.ctx = outer }(j.ctx)
	j.ctx = ctx
	next := make(chan job)
	var wg sync.WaitGroup
	for range j.workers() {
		wg.Go(func() {
			for it := range next {
				if err := j.change(it); err != nil {
					cancel(fmt.Errorf("%s cannot be judged: %w", text.Path(it.change.Path), err))
				}
			}
		})
	}
	err := feed(ctx, func(it job) error {
		select {
		case next <- it:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// change judges one file.
func (j *judge) change(it job) error {
	c := it.change
	f := &judged{judge: j, path: c.Path, entry: c.New, old: c.Old}
	switch {
	case c.New.ID == "":
	case c.New.Mode.IsGitlink():
		f.report.unseen(f.path, UnseenSubmodule)
		if err := f.replaced("a submodule"); err != nil {
			return err
		}
	default:
		if err := f.look(it.blob); err != nil {
			return err
		}
	}
	j.finish(f, it)
	return nil
}

// finish takes what was found in a file.
func (j *judge) finish(f *judged, it job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.report.add(&f.report)
	if f.plain && j.folders != nil {
		j.keepPlain(f)
	}
	j.done++
	if it.total == 0 {
		it.done, it.total = j.done, len(j.snap.changes)
	}
	if j.opts.Progress != nil {
		j.opts.Progress(it.done, it.total)
	}
}
