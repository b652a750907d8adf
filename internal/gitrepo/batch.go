package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// A second program that reads objects is started when the first has given so many: for a few it costs more than it
// saves.
const worthASecond = 64

// ErrMissing is an object that the repository does not have.
var ErrMissing = errors.New("the repository does not have the object")

// batchPool keeps git cat-file running, at most two of them, and lends them out.
type batchPool struct {
	repo    *Repo
	mu      sync.Mutex
	freed   sync.Cond // one was given back, or ended
	idle    []*batch
	running int
	served  int
	closed  bool
}

func newBatchPool(r *Repo) *batchPool {
	p := &batchPool{repo: r}
	p.freed.L = &p.mu
	return p
}

func (p *batchPool) get(ctx context.Context) (*batch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if p.closed {
			return nil, errClosed
		}
		if n := len(p.idle); n > 0 {
			b := p.idle[n-1]
			p.idle = p.idle[:n-1]
			p.served++
			return b, nil
		}
		if p.running == 0 || p.running == 1 && p.served >= worthASecond {
			b, err := p.repo.startBatch()
			if err != nil {
				return nil, err
			}
			p.running++
			p.served++
			return b, nil
		}
		p.freed.Wait()
	}
}

// put gives a program back; one that failed is ended.
func (p *batchPool) put(b *batch, failed bool) {
	p.mu.Lock()
	if failed || p.closed {
		b.kill()
		p.running--
	} else {
		p.idle = append(p.idle, b)
	}
	p.mu.Unlock()
	p.freed.Signal()
}

func (p *batchPool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, b := range p.idle {
		b.kill()
	}
	p.idle = nil
	p.freed.Broadcast()
	return nil
}

var errClosed = errors.New("the repository is closed")

// batch is one running git cat-file.
type batch struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	pipe io.Closer // under out
	out  *bufio.Reader
	said bounded.Buffer
}

func (r *Repo) startBatch() (*batch, error) {
	b := &batch{said: bounded.Buffer{Limit: maxSaid}}
	b.cmd = r.git.command(context.Background(), &b.said, append(safeConfig(), "cat-file", "--batch-command")...)
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.pipe, b.out = out, bufio.NewReaderSize(out, 64<<10)
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return b, nil
}

func (b *batch) kill() {
	b.stop()
	b.cmd.Wait()
}

// stop makes whoever reads the program's answer see its end, even if a program that it started holds the other end
// open.
func (b *batch) stop() {
	b.in.Close()
	b.cmd.Process.Kill()
	b.pipe.Close()
}

// header asks for an object and reads what git says of it. name must not contain a line break.
func (b *batch) header(command, name string) (id ID, kind string, size int64, err error) {
	if strings.ContainsAny(name, "\n\x00") {
		return "", "", 0, errors.New("the name of an object contains a line break")
	}
	if _, err = io.WriteString(b.in, command+" "+name+"\n"); err != nil {
		return "", "", 0, b.broken(err)
	}
	line, err := b.out.ReadSlice('\n')
	if err != nil {
		return "", "", 0, b.broken(err)
	}
	text := strings.TrimSuffix(string(line), "\n")
	if strings.HasSuffix(text, " missing") || strings.HasSuffix(text, " ambiguous") {
		return "", "", 0, ErrMissing
	}
	fields := strings.Split(text, " ")
	if len(fields) != 3 || !isID(fields[0]) {
		return "", "", 0, errors.New("git cat-file gave an answer that is not understood")
	}
	size, err = strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return "", "", 0, errors.New("git cat-file gave an invalid size")
	}
	return ID(fields[0]), fields[1], size, nil
}

// broken says why the program's answer ends too early: a corrupt object, a killed program.
func (b *batch) broken(err error) error {
	b.in.Close()
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, syscall.EPIPE) {
		b.cmd.Process.Kill() // it may be waiting for a reader
	}
	if werr := b.cmd.Wait(); werr != nil {
		return gitError(context.Background(), "cat-file", werr, &b.said)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("git cat-file ended too early")
	}
	return err
}

// object reads an object of a kind. It is never read beyond limit.
func (r *Repo) object(ctx context.Context, name, kind string, limit int64) (data []byte, id ID, err error) {
	b, err := r.batches.get(ctx)
	if err != nil {
		return nil, "", err
	}
	ok := false
	stop := context.AfterFunc(ctx, b.stop)
	defer func() {
		if !stop() {
			ok, err = false, context.Cause(ctx)
		}
		r.batches.put(b, !ok)
	}()
	id, got, size, err := b.header("contents", name)
	if err != nil {
		ok = errors.Is(err, ErrMissing)
		return nil, "", err
	}
	if got != kind || size > limit {
		err = &TooLargeError{size, limit}
		if got != kind {
			err = fmt.Errorf("object %s is a %s, not a %s", id, got, kind)
		}
		if size < 1<<20 {
			_, cerr := io.CopyN(io.Discard, b.out, size+1)
			ok = cerr == nil
		}
		return nil, "", err
	}
	data = make([]byte, size)
	if _, err := io.ReadFull(b.out, data); err != nil {
		return nil, "", b.broken(err)
	}
	if end, err := b.out.ReadByte(); err != nil || end != '\n' {
		return nil, "", b.broken(io.ErrUnexpectedEOF)
	}
	ok = true
	return data, id, nil
}

// kind says what an object is, and its size.
func (r *Repo) kind(ctx context.Context, name string) (ID, string, int64, error) {
	b, err := r.batches.get(ctx)
	if err != nil {
		return "", "", 0, err
	}
	stop := context.AfterFunc(ctx, b.stop)
	id, kind, size, err := b.header("info", name)
	if !stop() {
		err = context.Cause(ctx)
	}
	r.batches.put(b, err != nil && !errors.Is(err, ErrMissing))
	return id, kind, size, err
}
