package hooks

import (
	"errors"
	"fmt"
	"path"

	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// isPolicy reports whether the file is a policy, or would be one under a name that is read.
func (f *judged) isPolicy() bool {
	base := path.Base(f.path)
	return base == policy.FileName || base == looseName
}

// looseName is the name under which people look for a policy in vain.
const looseName = ".sops.yml"

// policyFile judges a policy itself.
func (f *judged) policyFile() {
	switch {
	case path.Base(f.path) == looseName:
		f.add(Finding{Code: CodePolicy, Message: "is not read: a policy must be called " + policy.FileName,
			Fix: fmt.Sprintf("git mv -- %s %s", text.ShellPath(f.path), text.ShellPath(path.Join(path.Dir(f.path), policy.FileName)))})
	case !f.entry.Mode.IsRegular():
		f.add(Finding{Code: CodePolicy, Message: "is a symbolic link: a policy must be a regular file, so that the commit contains its rules"})
	default:
		_, err := policy.Parse(f.path, f.src)
		var bad *policy.Error
		if !errors.As(err, &bad) {
			if err != nil {
				f.add(Finding{Code: CodePolicy, Message: err.Error()})
			}
			return
		}
		for _, p := range bad.Problems {
			msg := p.Msg
			if p.Hint != "" {
				msg += "; " + p.Hint
			}
			f.add(Finding{Code: CodePolicy, Line: p.Line, Column: p.Col, Message: msg, Fix: "gitsecrets lint " + text.ShellPath(f.path)})
		}
	}
}
