package cijob

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/batch"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/runner"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/policy"
)

// maxCIOpens is how many files are opened at once.
const maxCIOpens = 64

// ciFile is an encrypted file of a ci verb.
type ciFile struct {
	in   *cli.Input
	file encrypt.File
	rule *policy.Rule // of the keys that may be used
	doc  *encrypt.Document
	err  error
}

// openAll opens files: all of them, or none is used.
func (j *ciJob) openAll(ctx context.Context, names []string) ([]*ciFile, error) {
	if !j.settings.AWS.Ambient {
		if _, err := j.lenders.detect(); err != nil {
			if j.c.String("if-no-identity") != "skip" {
				j.auditRefused(names, err)
			}
			return nil, err // before all else: a job without an identity can do nothing about the rest
		}
	}
	if j.writes != nil {
		if err := j.writes.check(ctx, j.c.Bool("force")); err != nil {
			return nil, j.signals.ended(ctx, err)
		}
	}
	files, err := j.readAll(ctx, names)
	if err != nil {
		return nil, err
	}
	return files, j.open(ctx, files)
}

// readAll reads files and decides which of their keys may be used, before
// anybody is asked for anything.
func (j *ciJob) readAll(ctx context.Context, names []string) ([]*ciFile, error) {
	if len(names) == 0 {
		return nil, cli.Usagef("%s needs the name of an encrypted file", j.c.Command.Name)
	}
	var files, refused []*ciFile
	var failed batch.Errors
	seen := map[string]bool{}
	for _, name := range names {
		if seen[filepath.Clean(name)] {
			continue // named twice, opened once
		}
		seen[filepath.Clean(name)] = true
		f, err := j.readCIFile(ctx, name)
		if err != nil && ctx.Err() != nil {
			return nil, j.signals.ended(ctx, err)
		}
		if err != nil {
			failed = append(failed, batch.Failure{Path: name, Err: err})
			f.err = err
			refused = append(refused, f)
			continue
		}
		files = append(files, f)
	}
	if len(failed) > 0 {
		j.auditFailed(refused)
		return nil, oneOrMany(failed)
	}
	for _, f := range files {
		j.lenders.needKeys(f.in.Name, f.rule)
	}
	return files, nil
}

// open decrypts files that were read, all at once.
func (j *ciJob) open(ctx context.Context, files []*ciFile) error {
	order, err := cli.DecryptionOrder(j.c.String("decryption-order"))
	if err != nil {
		return err
	}
	services := j.lenders.services()
	slots := make(chan struct{}, maxCIOpens)
	var wait sync.WaitGroup
	for _, f := range files {
		wait.Add(1)
		go func() {
			defer wait.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			opts := encrypt.OpenOptions{Order: order, OnlyRuleKeys: true, ReadOnly: true}
			j.persist(ctx, func() error {
				before := f.err
				f.doc, f.err = f.in.Sealed.Open(ctx, f.rule, opts, services...)
				if f.err != nil && before != nil && ctx.Err() != nil {
					f.err = before // says more than that the time was over
				}
				return f.err
			})
		}()
	}
	wait.Wait()
	if err := j.audit(files); err != nil {
		return err
	}
	var failed batch.Errors
	for _, f := range files {
		if f.err != nil {
			failed = append(failed, batch.Failure{Path: f.in.Name, Err: j.explainOpen(ctx, f.err)})
		}
	}
	if len(failed) > 0 {
		return j.signals.ended(ctx, oneOrMany(failed))
	}
	for _, f := range files {
		j.a.Warnings(f.in.Name, f.doc.Warnings)
	}
	return nil
}

// persist opens a file again while one of its keys is out of reach for now, so that
// an outage is survived as long as the deadline allows. A number of tries that
// the person gave is for all.
func (j *ciJob) persist(ctx context.Context, open func() error) {
	j.world.Persist(ctx, func() bool {
		err := open()
		var unwrap *encrypt.UnwrapError
		return !j.c.IsSet("retry-max-attempts") && errors.As(err, &unwrap) && mayPass(unwrap)
	})
}

// readCIFile reads a file and decides which of its keys may be used. It returns
// what it knows of the file beside an error, too.
func (j *ciJob) readCIFile(ctx context.Context, name string) (*ciFile, error) {
	f := &ciFile{in: &cli.Input{Name: name, As: name}}
	var err error
	if f.in.Data, err = readInTime(ctx, name); err != nil {
		return f, err
	}
	if f.file, err = j.a.FileFor(j.c, name, name); err != nil {
		return f, err
	}
	if f.in.Sealed, err = encrypt.Parse(f.file, f.in.Data); err != nil {
		return f, cli.Unsealed(err, f.file, f.in, j.c)
	}
	f.rule, err = j.trust(name, f.in.Sealed.Info())
	return f, err
}

// readInTime is readFile for a file that may be a FIFO nobody writes to: it waits
// no longer than ctx.
func readInTime(ctx context.Context, name string) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := cli.ReadFile(name, cli.ExitNoFile)
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, &cli.CodedError{Err: cli.InFile(name, errors.New("it was not read in time")), Code: cli.ExitTransient, Hint: "--timeout gives it more time"}
	}
}

// oneOrMany says a single failure as it is, and what kept all files from being
// opened once: that the job gets no credentials is not about any of them.
func oneOrMany(failed batch.Errors) error {
	if lent := sameLent(failed); lent != nil {
		return lent
	}
	if len(failed) == 1 {
		return cli.InFile(failed[0].Path, failed[0].Err)
	}
	return failed
}

// sameLent returns the failure to get credentials that is the reason of all
// others; nil if there is no such.
func sameLent(failed batch.Errors) error {
	var first *call.Error
	for _, f := range failed {
		var unwrap *encrypt.UnwrapError
		if !errors.As(f.Err, &unwrap) {
			return nil
		}
		for _, group := range unwrap.Groups {
			for _, k := range group {
				var lent *call.Error
				var answered *servedError
				switch {
				case errors.Is(k.Err, encrypt.ErrOtherKey):
					continue // a person's own key
				case errors.As(k.Err, &answered), !errors.As(k.Err, &lent), lent.Failure == call.Unsafe, first != nil && lent.Error() != first.Error():
					return nil
				}
				first = lent
			}
		}
	}
	if first == nil {
		return nil
	}
	return first
}

// masked are the plaintexts of a file that are to be masked: those that it holds
// encrypted, or all.
func (f *ciFile) masked(all bool) ([]string, error) {
	comments, err := f.doc.Comments()
	if err != nil {
		return nil, err
	}
	values, err := f.doc.Values()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, comment := range comments {
		list = append(list, runner.CommentMasks(comment.Text, all)...)
	}
	for _, v := range values {
		if v.Text != "" && (all || v.Encrypted) {
			list = append(list, v.Text)
		}
	}
	return list, nil
}

// mask tells the runner what must not stand in its log, before anything else
// is done with it.
func (j *ciJob) mask(ctx context.Context, files []*ciFile) error {
	which := j.c.String("mask")
	if which == "none" {
		return nil
	}
	var values []string
	for _, f := range files {
		list, err := f.masked(which == "all")
		if err != nil {
			return cli.InFile(f.in.Name, err)
		}
		values = append(values, list...)
	}
	return j.signals.ended(ctx, j.maskValues(ctx, values))
}
