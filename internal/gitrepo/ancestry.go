package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Range lists the commits of a..b, parents first.
func (r *Repo) Range(ctx context.Context, a, b ID) ([]Commit, error) {
	return r.revList(ctx, "", string(b), "^"+string(a), "--")
}

// MergeBases lists the best common ancestors of a commit and of the others taken together, as a merge of them would
// have; none if they have none.
func (r *Repo) MergeBases(ctx context.Context, a ID, others ...ID) ([]ID, error) {
	return r.mergeBase(ctx, "--all", append([]ID{a}, others...))
}

// Independent leaves out the commits that another one descends from.
func (r *Repo) Independent(ctx context.Context, ids []ID) ([]ID, error) {
	if len(ids) < 2 {
		return ids, nil
	}
	return r.mergeBase(ctx, "--independent", ids)
}

func (r *Repo) mergeBase(ctx context.Context, flag string, ids []ID) ([]ID, error) {
	args := []string{"merge-base", flag}
	for _, id := range ids {
		args = append(args, string(id))
	}
	out, err := r.run(ctx, nil, args...)
	var failed *GitError
	if errors.As(err, &failed) && failed.Code == 1 && failed.Said == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return idLines("merge-base", out)
}

// idLines reads what git prints with an id on each line.
func idLines(verb string, out []byte) ([]ID, error) {
	var found []ID
	for line := range bytes.Lines(out) {
		id, whole := strings.CutSuffix(string(line), "\n")
		if !whole {
			return nil, errTruncated
		}
		if !isID(id) {
			return nil, fmt.Errorf("git %s gave an invalid object id", verb)
		}
		found = append(found, ID(id))
	}
	return found, nil
}

// PolicyCommits lists commits in the past of one, newest first and at most limit, that changed a policy in a folder
// above a path.
func (r *Repo) PolicyCommits(ctx context.Context, from ID, path string, limit int) ([]ID, error) {
	args := []string{"rev-list", fmt.Sprintf("--max-count=%d", limit), "--full-history", string(from), "--"}
	for dir := path; dir != ""; {
		dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)]
		name := ".sops.yaml"
		if dir != "" {
			name = dir + "/" + name
		}
		args = append(args, ":(top,literal)"+name)
	}
	out, err := r.run(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	return idLines("rev-list", out)
}
