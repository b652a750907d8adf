package cli

import (
	"errors"
	"io/fs"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// HintFor says what a person can do about an error.
func HintFor(err error) string {
	var (
		usage    *UsageError
		withCode *CodedError
		lossy    *encrypt.LossyError
		mac      *encrypt.MACError
		pathErr  *encrypt.PathError
		lent     *call.Error
		nowhere  identity.NowhereError
		exists   *identity.ExistsError
	)
	// A code may have been put around an error that has a hint.
	for e := err; errors.As(e, &withCode); e = withCode.Err {
		if withCode.Hint != "" {
			return withCode.Hint
		}
	}
	switch {
	case errors.As(err, &usage):
		return usage.Hint
	case errors.As(err, &lent) && lent.Hint != "":
		return lent.Hint
	case errors.Is(err, encrypt.ErrAlreadyEncrypted):
		return "to change it use gitsecrets edit or set; a plaintext cannot have a top-level entry called sops (sops_… in a flat file)"
	case errors.As(err, &nowhere):
		return "gitsecrets keygen makes an identity; somebody who can open the file adds the recipient that it prints to .sops.yaml, and runs gitsecrets updatekeys"
	case errors.As(err, &exists):
		return "--append adds an identity to it, --output FILE writes another file"
	case errors.As(err, &lossy):
		return "quote the value to keep it as text, delete the comment that would be lost, or accept the loss with --allow-lossy"
	case errors.Is(err, encrypt.ErrLFSPointer):
		return "git lfs pull fetches the file; --allow-lossy encrypts the pointer"
	case errors.Is(err, encrypt.ErrNothingSelected):
		return "gitsecrets explain FILE shows what the rule selects; --allow-nothing-encrypted encrypts it nevertheless"
	case errors.As(err, &mac):
		name := "FILE"
		if file := (*fileError)(nil); errors.As(err, &file) {
			name = text.ShellPath(file.name)
		}
		return "the file was changed outside of sops and gitsecrets; gitsecrets decrypt --ignore-mac " + name + " opens it to look at it"
	case errors.Is(err, encrypt.ErrNotSealed):
		return "the file is not encrypted, or has another format than its name says (--input-type)"
	case errors.Is(err, atomicfile.ErrChanged), errors.Is(err, atomicfile.ErrLocked):
		return "run the command again"
	case errors.As(err, &pathErr) && pathErr.NotFound:
		return "gitsecrets decrypt FILE shows what is there"
	case errors.Is(err, fs.ErrPermission):
		return ""
	}
	return ""
}
