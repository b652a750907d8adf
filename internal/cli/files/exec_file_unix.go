//go:build unix

package files

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

const haveFIFOs = true

// execWithFIFO hands over a FIFO, so that the plaintext is on no disk. Each
// reader gets the whole content, and a command that reads nothing ends as it
// likes.
func (a *verbs) execWithFIFO(c *urfave.Context, x *execution, name string, content []byte) (err error) {
	signals, release := cli.CatchSignals()
	defer release()
	dir, _, err := x.privateDir(".made", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.remove()) }()
	f, err := newFIFO(dir, name, content, x.user)
	if err != nil {
		return err
	}
	go f.serve()
	code, err := cli.RunChild(x.fileCommand(a, c, f.path), signals)
	f.stop()
	return cli.ExitOf(code, err)
}

// fifo offers a content to one reader after the other.
type fifo struct {
	path    string
	content []byte
	user    *cli.Account
	stopped atomic.Bool
}

func newFIFO(dir *privateDir, name string, content []byte, user *cli.Account) (*fifo, error) {
	f := &fifo{path: filepath.Join(dir.path, name), content: content, user: user}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return nil, err
	}
	if user != nil {
		for p := filepath.Dir(f.path); len(p) > len(dir.path); p = filepath.Dir(p) {
			if err := user.Give(p); err != nil {
				return nil, err
			}
		}
	}
	return f, f.make(f.path)
}

func (f *fifo) make(path string) error {
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return err
	}
	if f.user != nil {
		return f.user.Give(path)
	}
	return nil
}

// serve waits for readers. Behind each of them a new FIFO, made before, takes the
// name at once, and only then is written to the old: the reader finds an end, and the
// next one its own copy. Readers that open it in the very same moment share one
// copy between them, as all readers do in sops: --no-fifo is for such commands.
func (f *fifo) serve() {
	next := f.path + ".next"
	for !f.stopped.Load() {
		if f.make(next) != nil {
			return
		}
		fd, err := openForReader(f.path)
		if err != nil {
			return
		}
		err = syscall.Rename(next, f.path)
		w := os.NewFile(uintptr(fd), f.path)
		if err != nil || f.stopped.Load() {
			w.Close()
			return
		}
		go func() { // the reader may first want to open the file once more
			_, _ = w.Write(f.content) // one that goes away early is free to
			w.Close()
		}()
	}
}

// openForReader waits until somebody opens the FIFO to read.
func openForReader(path string) (int, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
		if err != syscall.EINTR {
			return fd, err
		}
	}
}

// stop ends serve: it may be waiting for a reader, and gets one.
func (f *fifo) stop() {
	f.stopped.Store(true)
	if r, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
		r.Close()
	}
}

// execFileInBackground leaves the command to itself. Unlike sops it never
// takes a FIFO, which would have no writer any more; the file is removed by a shell
// when the command has ended.
func (a *verbs) execFileInBackground(c *urfave.Context, x *execution, name string, content []byte) error {
	signals, release := cli.CatchSignals()
	defer release()
	dir, file, err := x.privateDir(name, content)
	if err != nil {
		return err
	}
	cmd := x.fileCommand(a, c, file)
	const shell = `trap 'rm -rf -- "$2"' EXIT; trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 131' QUIT; trap 'exit 143' TERM; /bin/sh -c "$1"`
	cmd.Args = []string{"/bin/sh", "-c", shell, "sh", cmd.Args[2], dir.path}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil
	select {
	case s := <-signals:
		return errors.Join(cli.ExitError(cli.SignalCode(s)), dir.remove())
	default:
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(cli.CannotRun(err), dir.remove())
	}
	return nil
}
