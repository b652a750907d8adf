package gitrepo

import (
	"context"
	"errors"
	"strings"
)

// Ignored returns which of paths, absolute or from the folder of the repository, Git ignores: it would not take them
// along with the next commit. What is tracked is not ignored, whatever the patterns say.
func (r *Repo) Ignored(ctx context.Context, paths []string) (map[string]bool, error) {
	out, err := r.run(ctx, strings.NewReader(strings.Join(paths, "\x00")+"\x00"), "check-ignore", "-z", "--stdin")
	var failed *GitError
	if errors.As(err, &failed) && failed.Code == 1 { // none of them (git-check-ignore(1))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ignored := map[string]bool{}
	for path := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		ignored[path] = true
	}
	return ignored, nil
}
