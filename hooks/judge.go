package hooks

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/copies"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/scan"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// DefaultMaxSize is how large a file is looked at, if Options says nothing.
// Larger ones are refused.
const DefaultMaxSize = 128 << 20

// Options: the zero value is the safe one.
type Options struct {
	// MaxSize is how many bytes of a file are looked at; a larger file is
	// refused. 0 means DefaultMaxSize.
	MaxSize int64
	// AllowLarge lets files above MaxSize pass with a warning, if no rule
	// governs them.
	AllowLarge bool
	// Workers is how many files are judged at once; 0 means one a core.
	Workers int
	// IgnoreCase: the file system does not tell upper from lower case
	// (core.ignorecase), so that a rule for one spelling of a path holds for
	// all.
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

// all judges every file that feed gives out, several at a time, and stops at
// the first error.
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

// judged is one file while it is judged.
type judged struct {
	*judge
	path   string
	entry  gitrepo.Entry
	old    gitrepo.Entry
	src    []byte
	parsed readPlain // src
	plain  bool      // it is a regular file that is not sealed
	report Report
}

// look reads the content, if it is not here, and judges it.
func (f *judged) look(blob *gitrepo.HistoryBlob) error {
	f.report.Judged = 1
	if blob != nil && blob.Large != nil {
		return f.tooLarge(blob.Large)
	}
	if blob != nil {
		f.src = blob.Data
		return f.examine()
	}
	var err error
	f.src, err = f.snap.tree.Blob(f.ctx, f.entry, f.limit())
	var large *gitrepo.TooLargeError
	if errors.As(err, &large) {
		return f.tooLarge(large)
	}
	if err != nil {
		return err
	}
	return f.examine()
}

// examine judges the content.
func (f *judged) examine() (err error) {
	if f.search != nil {
		return f.find(f.search)
	}
	if why := f.snap.taken[f.path]; why != 0 {
		return f.takenFile(why)
	}
	if f.snap.whole {
		if !f.entry.Mode.IsRegular() {
			return f.replaced("a symbolic link")
		}
		if !f.isPolicy() {
			_, err = f.govern()
		}
		return err
	}
	if f.isPolicy() {
		f.policyFile()
		return f.scan()
	}
	sealed := false
	if f.entry.Mode.IsRegular() {
		sealed, err = f.govern()
	} else {
		err = f.replaced("a symbolic link")
	}
	if err != nil {
		return err
	}
	if sealed || f.inTheClear() {
		return nil // nothing to find, or nothing more to say of it
	}
	return f.scan()
}

// inTheClear reports whether the file is refused as a whole already.
func (f *judged) inTheClear() bool {
	for _, found := range f.report.Findings {
		switch found.Code {
		case CodePlaintext, CodeRegression, CodeMoved, CodeLoosePolicy, CodeTooLarge:
			return true
		}
	}
	return false
}

// limit is how many bytes of a file are looked at.
func (j *judge) limit() int64 {
	if j.opts.MaxSize > 0 {
		return j.opts.MaxSize
	}
	return DefaultMaxSize
}

func (f *judged) tooLarge(e *gitrepo.TooLargeError) error {
	if why := f.snap.taken[f.path]; f.snap.whole || why != 0 && why&dropsSeal == 0 {
		return nil // said of the commit that brought it
	}
	rules := &ruleSet{}
	if f.search == nil {
		var err error
		if rules, err = f.rules(); err != nil {
			return err
		}
	}
	msg := fmt.Sprintf("has %d bytes; files above %d are not looked at", e.Size, e.Limit)
	pass := f.opts.AllowLarge && !rules.govern()
	if pass {
		was, err := f.opens()
		if err != nil {
			return err
		}
		if was {
			if was, err = f.released(); err != nil {
				return err
			}
			was = !was
		}
		if was {
			pass, msg = false, "was encrypted, and "+msg
		}
	}
	if pass {
		f.report.Warnings = append(f.report.Warnings, text.Path(f.path)+" "+msg)
		return nil
	}
	f.add(Finding{Code: CodeTooLarge, Message: msg, Fix: restoreFix(f)})
	return nil
}

// add reports a finding about this file.
func (f *judged) add(finding Finding) {
	finding.Path = f.path
	commit, rewrite := f.snap.commit, f.snap.rewrite
	if f.snap.broughtBy != nil {
		commit, rewrite = f.snap.broughtBy(f.path)
	}
	finding.Commit = string(commit)
	if finding.Fingerprint == "" {
		finding.Fingerprint = fingerprint(finding)
	}
	if rewrite != "" && finding.Fix != "" {
		finding.Then = rewriteThen(commit, rewrite, finding.Fix)
		finding.Fix = rewrite
	}
	if finding.Accepted != "" {
		f.report.Accepted = append(f.report.Accepted, finding)
		return
	}
	f.report.Findings = append(f.report.Findings, finding)
}
