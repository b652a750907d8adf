package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/batch"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// The exit codes: sops's own for what sops can fail at (cmd/sops/codes), and
// our own for the rest.
const (
	ExitGeneric     = 1
	ExitRead        = 2
	ExitWrite       = 3
	exitDump        = 4
	ExitConfig      = 5
	ExitKMSContext  = 6
	ExitBadSet      = 7
	ExitConflict    = 8
	ExitPolicy      = 10
	exitNoIdentity  = 11
	exitRefused     = 12
	ExitTransient   = 13
	ExitUnsafe      = 14
	exitEncryptTree = 23
	exitDecryptTree = 25
	ExitNoSuchFile  = 49
	exitMAC         = 51
	exitUsage       = 64
	exitInterrupt   = 85
	ExitTreePath    = 91
	exitEmpty       = 92
	ExitNoFile      = 100
	exitOrder       = 112
	ExitDataKey     = 128
	ExitUnchanged   = 200
	ExitNoEditor    = 201
	ExitEncrypted   = 203
)

// UsageError is a command line that cannot be followed.
type UsageError struct {
	Msg  string
	Hint string
	Code int // 0: exitUsage
}

func (e *UsageError) Error() string { return e.Msg }

func Usagef(format string, args ...any) *UsageError {
	return &UsageError{Msg: fmt.Sprintf(format, args...)}
}

// CodedError gives an error the code that sops has for it in this place, and
// may add a hint.
type CodedError struct {
	Err  error
	Code int
	Hint string
}

func (e *CodedError) Error() string { return e.Err.Error() }
func (e *CodedError) Unwrap() error { return e.Err }

// Coded gives err a code, unless it is nil or has one that says more.
func Coded(code int, err error) error {
	if err == nil {
		return nil
	}
	return &CodedError{Err: err, Code: code}
}

// fileError says which file an error is about.
type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return text.EscapeLine(e.name) + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// InFile says which file err is about, if it does not say so already.
func InFile(name string, err error) error {
	var file *fileError
	if err == nil || errors.As(err, &file) {
		return err
	}
	return &fileError{name, err}
}

var ErrNoSuchFile = errors.New("there is no such file")

// ExitError is a child's exit code to pass on. Nothing is printed.
type ExitError int

func (e ExitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// report prints an error, one line for each file and a hint where we have one,
// and returns the exit code.
func (a *App) report(err error) int {
	var exit ExitError
	if errors.As(err, &exit) {
		return int(exit)
	}
	var many batch.Errors
	if errors.As(err, &many) && len(many) > 0 {
		code := ExitCode(many[0].Err)
		for _, f := range many {
			a.PrintError(f.Path, f.Err)
			if ExitCode(f.Err) != code {
				code = ExitGeneric
			}
		}
		if len(many) > 1 {
			a.Say("gitsecrets: %d files failed; no file was changed", len(many))
		}
		return code
	}
	a.PrintError("", err)
	return ExitCode(err)
}

func (a *App) PrintError(path string, err error) {
	if path != "" {
		err = InFile(path, err)
	}
	for i, line := range strings.Split(text.Withhold(err.Error()), "\n") {
		if i == 0 {
			line = "gitsecrets: " + line
		} else {
			line = text.EscapeCommands(line)
		}
		fmt.Fprintln(a.Stderr, ForLog(line))
	}
	if hint := HintFor(err); hint != "" {
		for _, line := range strings.Split(text.Withhold(hint), "\n") {
			fmt.Fprintln(a.Stderr, strings.TrimRight("hint: "+ForLog(line), " "))
		}
	}
}

// ExitCode maps an error to the code of its innermost reason.
func ExitCode(err error) int {
	var (
		usage     *UsageError
		withCode  *CodedError
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
		if usage.Code != 0 {
			return usage.Code
		}
		return exitUsage
	case errors.Is(err, encrypt.ErrAlreadyEncrypted):
		return ExitEncrypted
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
	case errors.As(err, &withCode) && withCode.Code != 0 && errors.As(withCode.Err, &unwrap):
		return withCode.Code
	case errors.As(err, &unwrap):
		return ExitDataKey
	case errors.As(err, &lent):
		return ExitOfFailure(lent.Failure)
	case errors.As(err, &lossy), errors.Is(err, encrypt.ErrNothingSelected):
		return exitEncryptTree
	case errors.As(err, &encode):
		return exitDump
	case errors.As(err, &check):
		return ExitPolicy
	case errors.Is(err, atomicfile.ErrChanged), errors.Is(err, atomicfile.ErrLocked):
		return ExitWrite
	case errors.As(err, &withCode):
		return withCode.Code
	case errors.As(err, &unwritten):
		return ExitWrite
	case errors.As(err, &wrap), errors.As(err, &policyErr), errors.As(err, &syntax):
		return ExitGeneric
	}
	return ExitGeneric
}

// ExitOfFailure is the exit code of a failure on the way to a key.
func ExitOfFailure(p call.Failure) int {
	switch p {
	case call.BadSetting:
		return exitUsage
	case call.NoIdentity:
		return exitNoIdentity
	case call.Refused, call.NoCredentials, call.NotTheService:
		return exitRefused
	case call.Transient:
		return ExitTransient
	case call.Unsafe:
		return ExitUnsafe
	}
	return ExitPolicy
}
