package githooks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

const (
	canaryName = "gitsecrets-canary.txt"
	canaryRef  = "refs/heads/gitsecrets-canary"
)

// decoy is a commit with a made-up credential. Its index and its objects lie in a folder of their own; the repository
// lends its objects and gets none.
type decoy struct {
	site *Site
	p    *place
	dir  string   // removed in the end
	env  []string // what makes Git use that folder
	head string   // the commit before; empty if there is none
}

// newDecoy makes the scratch index.
func (s *Site) newDecoy(ctx context.Context, p *place) (c *decoy, err error) {
	at := *s
	at.Dir = p.top
	c = &decoy{site: &at, p: p}
	if c.dir, err = os.MkdirTemp("", "gitsecrets-canary-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(c.dir))
		}
	}()
	objects := filepath.Join(c.dir, "objects")
	if err := os.Mkdir(objects, 0o700); err != nil {
		return nil, err
	}
	lent, err := s.path(ctx, "--git-path", "objects")
	if err != nil {
		return nil, err
	}
	alternates := alternate(lent)
	for _, v := range s.Env {
		if more, ok := strings.CutPrefix(v, "GIT_ALTERNATE_OBJECT_DIRECTORIES="); ok && more != "" {
			alternates += string(os.PathListSeparator) + more
		}
	}
	c.env = []string{
		"GIT_INDEX_FILE=" + filepath.Join(c.dir, "index"), "GIT_OBJECT_DIRECTORY=" + objects,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + alternates, canaryVar + "=1",
		"GIT_AUTHOR_NAME=canary", "GIT_AUTHOR_EMAIL=canary@example.invalid",
		"GIT_COMMITTER_NAME=canary", "GIT_COMMITTER_EMAIL=canary@example.invalid",
	}
	if c.head, err = c.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err == nil {
		if _, err := c.git(ctx, "read-tree", "HEAD"); err != nil {
			return nil, err
		}
	}
	credential, err := madeUpCredential()
	if err != nil {
		return nil, err
	}
	id, err := c.site.quietly(ctx, []byte(credential), c.env, "hash-object", "-w", "--stdin")
	if err != nil {
		return nil, err
	}
	_, err = c.git(ctx, "update-index", "--add", "--cacheinfo", "100644,"+id+","+canaryName)
	return c, err
}

// alternate writes a path for GIT_ALTERNATE_OBJECT_DIRECTORIES.
func alternate(path string) string {
	if strings.ContainsRune(path, os.PathListSeparator) || strings.HasPrefix(path, `"`) {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) + `"`
	}
	return path
}

// quietly runs git without what a repository may have it run besides.
func (s *Site) quietly(ctx context.Context, stdin []byte, env []string, args ...string) (string, error) {
	return s.git(ctx, stdin, env, append([]string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull}, args...)...)
}

func (c *decoy) git(ctx context.Context, args ...string) (string, error) {
	return c.site.quietly(ctx, nil, c.env, args...)
}

// put puts the canary before a hook. The problem says how it failed to be refused, and said what was said instead.
func (c *decoy) put(ctx context.Context, name string, h *hook) (said, problem string, err error) {
	var stdin string
	var args []string
	env := c.env
	if name == "pre-push" || c.site.Server {
		old, id, err := c.commit(ctx)
		if err != nil {
			return "", "", err
		}
		switch name {
		case "pre-push":
			args, stdin = []string{"gitsecrets-canary", "gitsecrets-canary"}, canaryRef+" "+id+" "+canaryRef+" "+old+"\n"
		case "pre-receive":
			stdin = old + " " + id + " " + canaryRef + "\n"
		case "update":
			args = []string{canaryRef, old, id}
		}
	}
	if c.site.Server {
		env = append(slices.Clone(env), "GIT_DIR=.", "GIT_QUARANTINE_PATH="+filepath.Join(c.dir, "objects"))
	}
	at := c.site
	if !h.ours {
		if at, env, err = c.elsewhere(ctx, env); err != nil {
			return "", "", err
		}
	}
	switch {
	case h.ours && (name == "pre-commit" || name == "pre-merge-commit"):
		// Git itself finds the hook.
		if _, err = at.git(ctx, nil, env, "hook", "run", name); err == nil || !noSuchVerb(err) {
			break
		}
		fallthrough // before Git 2.36
	default:
		// An alias runs in the shell that Git runs hooks with.
		run := []string{"-c", `alias.gitsecrets-canary=!f() { "$@"; }; f`, "gitsecrets-canary", filepath.ToSlash(h.path)}
		_, err = at.git(ctx, []byte(stdin), env, append(run, args...)...)
	}
	if err == nil {
		return "", "lets a made-up credential through", nil
	}
	var failed *gitrepo.GitError
	if !errors.As(err, &failed) || failed.Code < 0 {
		return "", "", err
	}
	if strings.Contains(failed.Printed, " is refused") && strings.Contains(failed.Printed, canaryName) {
		return "", "", nil
	}
	return failed.Said, "fails, but not for the made-up credential", nil
}

func noSuchVerb(err error) bool {
	var failed *gitrepo.GitError
	return errors.As(err, &failed) && strings.Contains(failed.Printed, "is not a git command")
}

// commit makes a commit of the index, among the scratch objects; old is the commit before, or zeros.
func (c *decoy) commit(ctx context.Context) (old, id string, err error) {
	tree, err := c.git(ctx, "write-tree")
	if err != nil {
		return "", "", err
	}
	args := []string{"commit-tree", "-m", "canary", tree}
	if old = c.head; old == "" {
		old = strings.Repeat("0", len(tree))
	} else {
		args = append(args, "-p", c.head)
	}
	id, err = c.git(ctx, args...)
	return old, id, err
}

// elsewhere makes a working tree for a hook that another program keeps, and which may stash, check out or format: ours
// must not be its victim.
func (c *decoy) elsewhere(ctx context.Context, env []string) (*Site, []string, error) {
	if c.site.Server {
		return c.site, env, nil // there is no working tree
	}
	tree := filepath.Join(c.dir, "tree")
	at := *c.site
	at.Dir = tree
	gitDir, err := c.site.path(ctx, "--absolute-git-dir")
	if err != nil {
		return nil, nil, err
	}
	env = append(slices.Clone(env), "GIT_DIR="+gitDir, "GIT_WORK_TREE="+tree, "GIT_LFS_SKIP_SMUDGE=1")
	if exists(tree) {
		return &at, env, nil
	}
	if err := os.Mkdir(tree, 0o700); err != nil {
		return nil, nil, err
	}
	if _, err := at.quietly(ctx, nil, env, "-c", "core.symlinks=false", "checkout-index", "-a", "-q"); err != nil {
		return nil, nil, err
	}
	// No link was made, so what is written stays in the scratch folder. The managers' settings count as they stand, and
	// the programs that they find beside them.
	for _, m := range settings {
		for _, name := range m.files {
			src, err := os.ReadFile(filepath.Join(c.p.top, filepath.FromSlash(name)))
			if err != nil {
				continue // it is not there, or a folder
			}
			to := filepath.Join(tree, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
				return nil, nil, err
			}
			if err := os.WriteFile(to, src, 0o600); err != nil {
				return nil, nil, err
			}
			if _, err := at.quietly(ctx, nil, env, "add", "-f", "--", name); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, name := range []string{"node_modules", ".venv", "venv"} {
		if from, to := filepath.Join(c.p.top, name), filepath.Join(tree, name); exists(from) && !exists(to) {
			if err := os.Symlink(from, to); err != nil {
				return nil, nil, err
			}
		}
	}
	return &at, env, nil
}

// madeUpCredential has the form of an age identity. Nobody has its like.
func madeUpCredential() (string, error) {
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	raw := make([]byte, 58)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	for i, c := range raw {
		raw[i] = alphabet[c&31]
	}
	return fmt.Sprintf("a canary of gitsecrets hooks status: %s%s\n", "AGE-SECRET-KEY-1", raw), nil
}
