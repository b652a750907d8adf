package hooks

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// RefUpdate is one ref that a push makes, moves or removes. The ids are hexadecimal. An empty one, or zeros alone as
// Git writes them, stands for a ref that is not there.
type RefUpdate struct {
	Ref      string // as the receiving repository calls it
	Old, New string
}

// maxUpdates bounds the refs of one push.
const maxUpdates = 1 << 20

// ParsePrePush reads what Git tells a pre-push hook on its standard input, a line for each ref: local ref, local id,
// remote ref, remote id. The local ref may be any expression, as HEAD~0.
func ParsePrePush(in io.Reader) ([]RefUpdate, error) {
	return parseUpdates(in, func(line string) (RefUpdate, bool) {
		f := strings.Split(line, " ")
		n := len(f)
		if n < 4 {
			return RefUpdate{}, false
		}
		return RefUpdate{Ref: f[n-2], Old: f[n-1], New: f[n-3]}, true
	})
}

// ParsePreReceive reads what Git tells a pre-receive hook on its standard input, a line for each ref: old id, new id,
// ref.
func ParsePreReceive(in io.Reader) ([]RefUpdate, error) {
	return parseUpdates(in, func(line string) (RefUpdate, bool) {
		f := strings.SplitN(line, " ", 3)
		if len(f) < 3 || f[2] == "" {
			return RefUpdate{}, false
		}
		return RefUpdate{Ref: f[2], Old: f[0], New: f[1]}, true
	})
}

func parseUpdates(in io.Reader, parse func(string) (RefUpdate, bool)) ([]RefUpdate, error) {
	var out []RefUpdate
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	for lines.Scan() {
		u, ok := parse(lines.Text())
		if ok = ok && u.Old != "" && u.New != ""; ok {
			_, err := u.ids()
			ok = err == nil
		}
		if !ok || len(out) == maxUpdates {
			return nil, fmt.Errorf("line %d of what Git says of the push is not understood", len(out)+1)
		}
		out = append(out, u)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("what Git says of the push cannot be read: %w", err)
	}
	return out, nil
}

// ids checks the ids.
func (u RefUpdate) ids() (gitrepo.RefUpdate, error) {
	out := gitrepo.RefUpdate{Ref: u.Ref}
	for _, id := range []struct {
		text string
		to   *gitrepo.ID
	}{{u.Old, &out.Old}, {u.New, &out.New}} {
		if id.text == "" {
			continue
		}
		var err error
		if *id.to, err = gitrepo.ParseID(id.text); err != nil {
			return out, fmt.Errorf("%s: %w", text.Path(u.Ref), err)
		}
	}
	return out, nil
}

// checkIDs checks the ids of all refs of a push.
func checkIDs(updates []RefUpdate) ([]gitrepo.RefUpdate, error) {
	out := make([]gitrepo.RefUpdate, len(updates))
	for i, u := range updates {
		var err error
		if out[i], err = u.ids(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
