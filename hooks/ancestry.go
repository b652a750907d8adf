package hooks

import (
	"context"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/policy"
)

// former is a commit that came before what is judged.
type former struct {
	tree  gitrepo.Tree
	rules *policy.Resolver
}

// ancestry knows how commits descend from each other. Several goroutines may use it.
type ancestry struct {
	repo     *gitrepo.Repo
	policies *policy.Cache
	graph    *gitrepo.Graph // of what is judged; nil: not known

	mu    sync.Mutex
	known map[string][]former // merge bases, by the ids of what they are those of
}

func newAncestry(repo *gitrepo.Repo, y *jury) *ancestry {
	return &ancestry{repo: repo, policies: &y.policies, known: map[string][]former{}}
}

// forks are the merge bases of a commit and others; none if they have none, or if one of them is not a commit.
func (k *ancestry) forks(ctx context.Context, t gitrepo.Tree, others ...gitrepo.Tree) ([]former, error) {
	id := gitrepo.CommitOf(t)
	key := string(id)
	ids := make([]gitrepo.ID, len(others))
	for i, o := range others {
		ids[i] = gitrepo.CommitOf(o)
		key += " " + string(ids[i])
		if id == "" || ids[i] == "" {
			return nil, nil
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s, ok := k.known[key]; ok {
		return s, nil
	}
	bases, known := k.atHand(id, ids)
	if !known {
		var err error
		if bases, err = k.repo.MergeBases(ctx, id, ids...); err != nil {
			return nil, err
		}
	}
	var out []former
	for _, b := range bases {
		s, err := k.former(ctx, b)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	k.known[key] = out
	return out, nil
}

// atHand finds merge bases without a git; false if it takes one.
func (k *ancestry) atHand(id gitrepo.ID, others []gitrepo.ID) ([]gitrepo.ID, bool) {
	if k.graph == nil {
		return nil, false
	}
	return k.graph.MergeBases(id, others...)
}

// former reads a commit. Its policies are read later, maybe by who comes after ctx.
func (k *ancestry) former(ctx context.Context, id gitrepo.ID) (former, error) {
	tree, err := k.repo.TreeOf(ctx, id)
	if err != nil {
		return former{}, err
	}
	return former{tree, k.policies.NewResolver(tree.FS(context.WithoutCancel(ctx)))}, nil
}

// maxPolicyCommits is how many versions of a policy are asked whether they took a file.
const maxPolicyCommits = 1000

// onceTaken reports whether a policy in the past of a commit took a file, so that one that does not must have been
// narrowed on purpose. takes says whether it does.
func (k *ancestry) onceTaken(ctx context.Context, t gitrepo.Tree, path string, takes func(*policy.Resolver) (bool, error)) (bool, error) {
	id := gitrepo.CommitOf(t)
	if id == "" || strings.ContainsAny(path, "\n\x00") {
		return false, nil
	}
	commits, err := k.repo.PolicyCommits(ctx, id, path, maxPolicyCommits)
	if err != nil {
		return false, err
	}
	for _, c := range commits {
		s, err := k.former(ctx, c)
		if err != nil {
			return false, err
		}
		if ok, err := takes(s.rules); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
