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

// FileFor decides the formats and the layout of a file: by --input-type and
// --output-type, else by the name that rules see. An unknown type means the
// name, as in sops, but not silently.
func (a *App) FileFor(c *urfave.Context, name, as string) (encrypt.File, error) {
	file := encrypt.FileAt(as)
	file.Name = name
	for flag, format := range map[string]*encrypt.Format{"input-type": &file.Input, "output-type": &file.Output} {
		word := c.String(flag)
		if word == "" {
			continue
		}
		f, ok := encrypt.ParseFormat(word)
		if !ok {
			a.WarnOnce("--%s: %q is not a format (yaml, json, dotenv, ini, binary); the file's name decides", flag, word)
			continue
		}
		*format = f
	}
	p, err := a.FindPolicy(c, as)
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
			return file, Usagef("--indent must not be negative")
		}
		file.Style = encrypt.Style{YAMLIndent: n, JSONIndent: n, JSONIndentSet: n >= 0}
	}
	return file, err
}

// Input is a file that a verb reads.
type Input struct {
	Name string // as the person wrote it; "standard input"
	As   string // the name by which rule and format are chosen
	Data []byte
	Onto []byte // what --onto named

	Sealed *encrypt.Sealed // data, once it was parsed
}

// Lock keeps other runs of ours from changing a file between the moment when it is read
// and the one when it is written.
func (a *App) Lock(ctx context.Context, name string) (*atomicfile.Lock, error) {
	lock, err := atomicfile.LockFile(ctx, name, atomicfile.LockOptions{Waiting: func() { a.Waiting(name) }})
	return lock, Coded(ExitWrite, InFile(name, err))
}

func (a *App) Waiting(name string) {
	a.Say("gitsecrets: waiting until another gitsecrets has finished with %s", ForLog(name))
}

// ToldInPlace says that a file is written in place, and where its old bytes are meanwhile.
func (a *App) ToldInPlace(name, copy string, why error) {
	a.Say("gitsecrets: %s: it cannot be replaced by a new file (%s): it is written in place, with a copy of the old bytes in %s until that is done", ForLog(name), why, ForLog(copy))
}

// Writing are the options to write a file with.
func (a *App) Writing(name string, lock *atomicfile.Lock) atomicfile.Options {
	return atomicfile.Options{Lock: lock, InPlace: func(copy string, why error) { a.ToldInPlace(name, copy, why) }}
}

// LockOutput locks what --output names.
func (a *App) LockOutput(c *urfave.Context) (*atomicfile.Lock, error) {
	if c.String("output") == "" {
		return nil, nil
	}
	return a.Lock(c.Context, c.String("output"))
}

// ReadInput reads the one file of a verb that can also read standard input.
func (a *App) ReadInput(c *urfave.Context) (*Input, error) {
	in := &Input{As: c.String("filename-override")}
	if c.NArg() == 0 {
		in.Name = "standard input"
		data, err := io.ReadAll(a.Stdin)
		if err != nil {
			return nil, Coded(ExitRead, fmt.Errorf("cannot read standard input: %w", err))
		}
		in.Data = data
		return in, nil
	}
	in.Name = c.Args().First()
	if in.As == "" {
		in.As = in.Name
	}
	data, err := ReadFile(in.Name, ExitNoFile)
	in.Data = data
	return in, err
}

// ReadFile reads a file. missing is the exit code for one that is not there,
// which sops has a different one of in different verbs.
func ReadFile(name string, missing int) ([]byte, error) {
	data, err := atomicfile.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Coded(missing, InFile(name, ErrNoSuchFile))
	}
	var withPath *fs.PathError
	if errors.As(err, &withPath) {
		err = withPath.Err
	}
	if err != nil {
		return nil, Coded(ExitRead, InFile(name, fmt.Errorf("cannot be read: %w", err)))
	}
	return data, nil
}

// ReadToReplace reads a file that will be written in place: only a regular
// file can be, and to read a FIFO may wait for ever.
func ReadToReplace(name string, missing int) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil, Coded(ExitRead, InFile(name, errors.New("cannot be changed in place: it is not a regular file")))
	}
	return ReadFile(name, missing)
}

// Write puts a result where the flags say: into the file that --output names, which is
// locked, or to stdout. secret is whether it is plaintext.
func (a *App) Write(c *urfave.Context, in *Input, data []byte, secret bool, lock *atomicfile.Lock) error {
	name := c.String("output")
	if name == "" {
		_, err := a.Stdout.Write(data)
		return err
	}
	opts := a.Writing(name, lock)
	if secret {
		opts.Mode = 0o600
	}
	switch { // what it was computed from it must still hold
	case in.Data != nil && SameFile(name, in.Name):
		opts.Expect = in.Data
	case in.Onto != nil && SameFile(name, c.String("onto")):
		opts.Expect = in.Onto
	}
	return Coded(ExitWrite, a.writeTo(name, data, opts))
}

// writeTo writes what --output names: a file, whole or not at all, or a device
// or a FIFO, which cannot be replaced.
func (a *App) writeTo(name string, data []byte, opts atomicfile.Options) error {
	if name == "/dev/stdout" {
		_, err := a.Stdout.Write(data)
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

// Replace writes a file in place, if it still holds what was read.
func (a *App) Replace(name string, data, read []byte, lock *atomicfile.Lock) error {
	opts := a.Writing(name, lock)
	opts.Expect = read
	return Coded(ExitWrite, atomicfile.Write(name, data, opts))
}

// WarnOfFormat says so when a name looks like a format that sops, by its
// ending, does not take it for.
func (a *App) WarnOfFormat(file encrypt.File, as string, c *urfave.Context) {
	if file.Input != encrypt.Binary || c.String("input-type") != "" {
		return
	}
	if f, ok := lookalike(as); ok {
		a.Warnf("%s is read as a binary file, as in sops; if it is meant to be %s, add --input-type %s (and for sops as well)", text.Escape(as), f, f)
	}
}

// SameFile reports whether two names lead to one file.
func SameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
