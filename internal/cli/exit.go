package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/batch"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// The exit codes: sops's own for what sops can fail at (cmd/sops/codes), and
// our own for the rest.
const (
	exitGeneric     = 1
	exitRead        = 2
	exitWrite       = 3
	exitDump        = 4
	exitConfig      = 5
	exitKMSContext  = 6
	exitBadSet      = 7
	exitConflict    = 8
	exitPolicy      = 10
	exitNoIdentity  = 11
	exitRefused     = 12
	exitTransient   = 13
	exitUnsafe      = 14
	exitEncryptTree = 23
	exitDecryptTree = 25
	exitNoSuchFile  = 49
	exitMAC         = 51
	exitUsage       = 64
	exitInterrupt   = 85
	exitTreePath    = 91
	exitEmpty       = 92
	exitNoFile      = 100
	exitOrder       = 112
	exitDataKey     = 128
	exitUnchanged   = 200
	exitNoEditor    = 201
	exitEncrypted   = 203
)

// usageError is a command line that cannot be followed.
type usageError struct {
	msg  string
	hint string
	code int // 0: exitUsage
}

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) *usageError {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

// codedError gives an error the code that sops has for it in this place, and
// may add a hint.
type codedError struct {
	err  error
	code int
	hint string
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// coded gives err a code, unless it is nil or has one that says more.
func coded(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codedError{err: err, code: code}
}

// fileError says which file an error is about.
type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return text.EscapeLine(e.name) + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// inFile says which file err is about, if it does not say so already.
func inFile(name string, err error) error {
	var file *fileError
	if err == nil || errors.As(err, &file) {
		return err
	}
	return &fileError{name, err}
}

var errNoSuchFile = errors.New("there is no such file")

// exitError is a child's exit code to pass on. Nothing is printed.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// report prints an error, one line for each file and a hint where we have one,
// and returns the exit code.
func (a *App) report(err error) int {
	var exit exitError
	if errors.As(err, &exit) {
		return int(exit)
	}
	var many batch.Errors
	if errors.As(err, &many) && len(many) > 0 {
		code := exitCode(many[0].Err)
		for _, f := range many {
			a.printError(f.Path, f.Err)
			if exitCode(f.Err) != code {
				code = exitGeneric
			}
		}
		if len(many) > 1 {
			a.say("gitsecrets: %d files failed; no file was changed", len(many))
		}
		return code
	}
	a.printError("", err)
	return exitCode(err)
}

func (a *App) printError(path string, err error) {
	if path != "" {
		err = inFile(path, err)
	}
	for i, line := range strings.Split(text.Withhold(err.Error()), "\n") {
		if i == 0 {
			line = "gitsecrets: " + line
		} else {
			line = text.EscapeCommands(line)
		}
		fmt.Fprintln(a.stderr, forLog(line))
	}
	if hint := hintFor(err); hint != "" {
		for _, line := range strings.Split(text.Withhold(hint), "\n") {
			fmt.Fprintln(a.stderr, strings.TrimRight("hint: "+forLog(line), " "))
		}
	}
}

// exitCode maps an error to the code of its innermost reason.
func exitCode(err error) int {
	var (
		usage     *usageError
		withCode  *codedError
		value     *encrypt.ValueError
		mac       *encrypt.MACError
		unwrap    *encrypt.UnwrapError
		wrap      *encrypt.WrapError
		lossy     *encrypt.LossyError
		encode    *encrypt.EncodeError
		syntax    *encrypt.SyntaxError
		check     *encrypt.CheckError
		policyErr *policy.Error
		lent      *call.Error
		unwritten *atomicfile.Error
	)
	switch {
	case errors.As(err, &usage):
		if usage.code != 0 {
			return usage.code
		}
		return exitUsage
	case errors.Is(err, encrypt.ErrAlreadyEncrypted):
		return exitEncrypted
	case errors.Is(err, encrypt.ErrEmpty):
		return exitEmpty
	case errors.As(err, &mac):
		return exitMAC
	case errors.As(err, &value):
		if value.Opening {
			return exitDecryptTree
		}
		return exitEncryptTree
	case errors.Is(err, term.ErrInterrupted):
		return exitInterrupt
	case errors.As(err, &withCode) && withCode.code != 0 && errors.As(withCode.err, &unwrap):
		return withCode.code
	case errors.As(err, &unwrap):
		return exitDataKey
	case errors.As(err, &lent):
		return exitOfFailure(lent.Failure)
	case errors.As(err, &lossy), errors.Is(err, encrypt.ErrNothingSelected):
		return exitEncryptTree
	case errors.As(err, &encode):
		return exitDump
	case errors.As(err, &check):
		return exitPolicy
	case errors.Is(err, atomicfile.ErrChanged), errors.Is(err, atomicfile.ErrLocked):
		return exitWrite
	case errors.As(err, &withCode):
		return withCode.code
	case errors.As(err, &unwritten):
		return exitWrite
	case errors.As(err, &wrap), errors.As(err, &policyErr), errors.As(err, &syntax):
		return exitGeneric
	}
	return exitGeneric
}

// exitOfFailure is the exit code of a failure on the way to a key.
func exitOfFailure(p call.Failure) int {
	switch p {
	case call.BadSetting:
		return exitUsage
	case call.NoIdentity:
		return exitNoIdentity
	case call.Refused, call.NoCredentials, call.NotTheService:
		return exitRefused
	case call.Transient:
		return exitTransient
	case call.Unsafe:
		return exitUnsafe
	}
	return exitPolicy
}

// hintFor says what a person can do about an error.
func hintFor(err error) string {
	var (
		usage    *usageError
		withCode *codedError
		lossy    *encrypt.LossyError
		mac      *encrypt.MACError
		pathErr  *encrypt.PathError
		lent     *call.Error
		nowhere  identity.NowhereError
		exists   *identity.ExistsError
	)
	// A code may have been put around an error that has a hint.
	for e := err; errors.As(e, &withCode); e = withCode.err {
		if withCode.hint != "" {
			return withCode.hint
		}
	}
	switch {
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &lent) && lent.Hint != "":
		return lent.Hint
	case errors.Is(err, encrypt.ErrAlreadyEncrypted):
		return "to change it use gitsecrets edit or set; a plaintext cannot have a top-level entry called sops (sops_… in a flat file)"
	case errors.As(err, &nowhere):
		return "gitsecrets keygen makes an identity; whoever can open the file adds the recipient that it prints to .sops.yaml, and runs gitsecrets updatekeys"
	case errors.As(err, &exists):
		return "--append adds an identity to it, --output FILE writes another file"
	case errors.As(err, &lossy):
		return "quote the value to keep it as text, delete the comment that would be lost, or accept the loss with --allow-lossy"
	case errors.Is(err, encrypt.ErrLFSPointer):
		return "git lfs pull fetches the file; --allow-lossy encrypts the pointer"
	case errors.Is(err, encrypt.ErrNothingSelected):
		return "gitsecrets explain FILE shows what the rule selects; --allow-nothing-encrypted encrypts all the same"
	case errors.As(err, &mac):
		name := "FILE"
		if file := (*fileError)(nil); errors.As(err, &file) {
			name = text.ShellPath(file.name)
		}
		return "the file was changed outside of sops and gitsecrets; gitsecrets decrypt --ignore-mac " + name + " opens it for a look"
	case errors.Is(err, encrypt.ErrNotSealed):
		return "the file is not encrypted, or of another format than its name says (--input-type)"
	case errors.Is(err, atomicfile.ErrChanged), errors.Is(err, atomicfile.ErrLocked):
		return "run the command again"
	case errors.As(err, &pathErr) && pathErr.NotFound:
		return "gitsecrets decrypt FILE shows what is there"
	case errors.Is(err, fs.ErrPermission):
		return ""
	}
	return ""
}
