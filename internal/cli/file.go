package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// fileFor decides the formats and the layout of a file: by --input-type and
// --output-type, else by the name that rules see. An unknown type means the
// name, as in sops, but not silently.
func (a *App) fileFor(c *urfave.Context, name, as string) (encrypt.File, error) {
	file := encrypt.FileAt(as)
	file.Name = name
	for flag, format := range map[string]*encrypt.Format{"input-type": &file.Input, "output-type": &file.Output} {
		word := c.String(flag)
		if word == "" {
			continue
		}
		f, ok := encrypt.ParseFormat(word)
		if !ok {
			a.warnOnce("--%s: %q is no format (yaml, json, dotenv, ini, binary); the file's name decides", flag, word)
			continue
		}
		*format = f
	}
	p, err := a.findPolicy(c, as)
	if p != nil && err == nil {
		s := p.Policy.Stores
		file.Style.YAMLIndent = s.YAMLIndent
		indent := s.JSONIndent
		if file.Output == encrypt.Binary {
			indent = s.JSONBinaryIndent
		}
		file.Style.JSONIndent, file.Style.JSONIndentSet = indent, indent >= 0
	}
	if c.IsSet("indent") {
		n := c.Int("indent")
		if n < -1 || n < 0 && file.Output == encrypt.YAML {
			return file, usagef("--indent must not be negative")
		}
		file.Style = encrypt.Style{YAMLIndent: n, JSONIndent: n, JSONIndentSet: n >= 0}
	}
	return file, err
}

// input is a file that a verb reads.
type input struct {
	name string // as the person wrote it; "standard input"
	as   string // the name by which rule and format are chosen
	data []byte
	onto []byte // what --onto named

	sealed *encrypt.Sealed // data, once it was parsed
}

// lock keeps other runs of ours from changing a file between the moment when it is read
// and the one when it is written.
func (a *App) lock(ctx context.Context, name string) (*atomicfile.Lock, error) {
	lock, err := atomicfile.LockFile(ctx, name, atomicfile.LockOptions{Waiting: func() { a.waiting(name) }})
	return lock, coded(exitWrite, inFile(name, err))
}

func (a *App) waiting(name string) {
	a.say("gitsecrets: waiting for another gitsecrets to be done with %s", forLog(name))
}

// toldInPlace says that a file is written in place, and where its old bytes are meanwhile.
func (a *App) toldInPlace(name, copy string, why error) {
	a.say("gitsecrets: %s: its folder does not take another file in its place (%s): it is written in place, with a copy of the old in %s until that is done", forLog(name), why, forLog(copy))
}

// writing are the options to write a file with.
func (a *App) writing(name string, lock *atomicfile.Lock) atomicfile.Options {
	return atomicfile.Options{Lock: lock, InPlace: func(copy string, why error) { a.toldInPlace(name, copy, why) }}
}

// lockOutput locks what --output names.
func (a *App) lockOutput(c *urfave.Context) (*atomicfile.Lock, error) {
	if c.String("output") == "" {
		return nil, nil
	}
	return a.lock(c.Context, c.String("output"))
}

// readInput reads the one file of a verb that can also read standard input.
func (a *App) readInput(c *urfave.Context) (*input, error) {
	in := &input{as: c.String("filename-override")}
	if c.NArg() == 0 {
		in.name = "standard input"
		data, err := io.ReadAll(a.stdin)
		if err != nil {
			return nil, coded(exitRead, fmt.Errorf("cannot read standard input: %w", err))
		}
		in.data = data
		return in, nil
	}
	in.name = c.Args().First()
	if in.as == "" {
		in.as = in.name
	}
	data, err := readFile(in.name, exitNoFile)
	in.data = data
	return in, err
}

// readFile reads a file. missing is the exit code for one that is not there,
// which sops has a different one of in different verbs.
func readFile(name string, missing int) ([]byte, error) {
	data, err := atomicfile.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, coded(missing, inFile(name, errNoSuchFile))
	}
	var withPath *fs.PathError
	if errors.As(err, &withPath) {
		err = withPath.Err
	}
	if err != nil {
		return nil, coded(exitRead, inFile(name, fmt.Errorf("cannot be read: %w", err)))
	}
	return data, nil
}

// readToReplace reads a file that will be written in place: only a regular
// file can be, and to read a FIFO may wait for ever.
func readToReplace(name string, missing int) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, coded(exitRead, inFile(name, errors.New("cannot be changed in place: it is no regular file")))
	}
	return readFile(name, missing)
}

// write puts a result where the flags say: into the file that --output names, which is
// locked, or to stdout. secret is whether it is plaintext.
func (a *App) write(c *urfave.Context, in *input, data []byte, secret bool, lock *atomicfile.Lock) error {
	name := c.String("output")
	if name == "" {
		_, err := a.stdout.Write(data)
		return err
	}
	opts := a.writing(name, lock)
	if secret {
		opts.Mode = 0o600
	}
	switch { // what it was computed from it must still hold
	case in.data != nil && sameFile(name, in.name):
		opts.Expect = in.data
	case in.onto != nil && sameFile(name, c.String("onto")):
		opts.Expect = in.onto
	}
	return coded(exitWrite, a.writeTo(name, data, opts))
}

// writeTo writes what --output names: a file, whole or not at all, or a device
// or a FIFO, which cannot be replaced.
func (a *App) writeTo(name string, data []byte, opts atomicfile.Options) error {
	if name == "/dev/stdout" {
		_, err := a.stdout.Write(data)
		return err
	}
	info, err := os.Stat(name)
	if err != nil || info.IsDir() || info.Mode().IsRegular() && !strings.HasPrefix(name, "/dev/") {
		return atomicfile.Write(name, data, opts)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// replace writes a file in place, if it still holds what was read.
func (a *App) replace(name string, data, read []byte, lock *atomicfile.Lock) error {
	opts := a.writing(name, lock)
	opts.Expect = read
	return coded(exitWrite, atomicfile.Write(name, data, opts))
}

// warnOfFormat says so when a name looks like a format that sops, by its
// ending, does not take it for.
func (a *App) warnOfFormat(file encrypt.File, as string, c *urfave.Context) {
	if file.Input != encrypt.Binary || c.String("input-type") != "" {
		return
	}
	if f, ok := lookalike(as); ok {
		a.warnf("%s is taken for a binary file, as sops takes it; if it is meant to be %s, add --input-type %s (and for sops as well)", text.Escape(as), f, f)
	}
}

// sameFile reports whether two names lead to one file.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
