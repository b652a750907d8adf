package hooks

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// BaselineName is the file, at the top of a repository, that lists findings by their fingerprints: those that were
// there when the guard came.
const BaselineName = ".gitsecrets-baseline"

// maxBaseline is how large that file may be.
const maxBaseline = 32 << 20

// acceptList is what people have accepted: the gitsecrets: allow list of the policy at the top of the repository, and
// the baseline file beside it. Only leaks and copies can be accepted, not plaintext where a rule encrypts. The policy
// also says which files are released. It is read when it is first asked.
type acceptList struct {
	tree     gitrepo.Tree
	once     sync.Once
	err      error
	entries  []policy.Allow
	released []policy.Release
	baseline map[string]bool
}

// accepts says who accepted a finding, empty if nobody did. A list that is invalid is an error: nothing is accepted by
// accident.
func (a *acceptList) accepts(ctx context.Context, path, rule, fingerprint string) (string, error) {
	if a.once.Do(func() { a.err = a.read(ctx) }); a.err != nil {
		return "", a.err
	}
	for _, e := range a.entries {
		if (e.Fingerprint == "" || e.Fingerprint == fingerprint) && (e.Rule == "" || e.Rule == rule) && (e.Path == nil || e.Path.MatchString(path)) {
			return e.Source, nil
		}
	}
	if a.baseline[fingerprint] {
		return "baseline", nil
	}
	return "", nil
}

// releases reports whether a file that was encrypted may be plaintext.
func (a *acceptList) releases(ctx context.Context, path string) (bool, error) {
	if a.once.Do(func() { a.err = a.read(ctx) }); a.err != nil {
		return false, a.err
	}
	for _, r := range a.released {
		if r.Path.MatchString(path) {
			return true, nil
		}
	}
	return false, nil
}

// read reads both lists from the tree. A policy that does not parse has none; it is refused elsewhere.
func (a *acceptList) read(ctx context.Context) error {
	src, ok, err := readFile(ctx, a.tree, policy.FileName, policy.MaxSize)
	if err != nil {
		return err
	}
	if ok {
		if p, err := policy.Parse(policy.FileName, src); err == nil {
			a.entries, a.released = p.Settings.Allow, p.Settings.Released
		}
	}
	if src, ok, err = readFile(ctx, a.tree, BaselineName, maxBaseline); err != nil || !ok {
		return err
	}
	a.baseline, err = parseBaseline(src)
	return err
}

func readFile(ctx context.Context, tree gitrepo.Tree, name string, limit int64) ([]byte, bool, error) {
	e, ok, err := tree.Lookup(ctx, name)
	if err != nil || !ok || !e.Mode.IsRegular() {
		return nil, false, err
	}
	src, err := tree.Blob(ctx, e, limit)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return src, true, nil
}

// parseBaseline reads a baseline: a fingerprint at the start of each line, and anything behind it; lines that begin
// with # are comments.
func parseBaseline(src []byte) (map[string]bool, error) {
	set := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	lines.Buffer(nil, 1<<16)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields[0]) < 16 || strings.Trim(fields[0], "0123456789abcdef") != "" {
			return nil, fmt.Errorf("%s:%d: does not begin with a fingerprint", BaselineName, n)
		}
		set[fields[0]] = true
	}
	return set, lines.Err()
}

// canAccept reports whether people can accept findings of a kind: those that may be false.
func canAccept(code Code) bool { return code == CodeCopy || strings.HasPrefix(string(code), LeakCode) }

// Baseline writes the baseline that accepts the leaks and copies of a report. What is plaintext where a rule encrypts
// is not in it: that cannot be accepted.
func Baseline(r *Report) []byte {
	var b bytes.Buffer
	b.WriteString("# Findings that were there when gitsecrets came, by fingerprint. Each line is a debt:\n# replace the credential, then remove the line.\n")
	seen := map[string]bool{}
	for _, list := range [][]Finding{r.Findings, r.Accepted} {
		for _, f := range list {
			if canAccept(f.Code) && (f.Accepted == "" || f.Accepted == "baseline") && !seen[f.Fingerprint] {
				seen[f.Fingerprint] = true
				fmt.Fprintf(&b, "%s %s %s\n", f.Fingerprint, strings.TrimPrefix(string(f.Code), LeakCode), text.Path(f.Path))
			}
		}
	}
	return b.Bytes()
}
