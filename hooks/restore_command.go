package hooks

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// undoFunc is the command that takes what a file holds out of what is judged. old is what stood there before, if
// anything, and src what stands there now, nil if it is too large. None touches edits that are nowhere else: those in
// the working tree.
type undoFunc func(path string, old gitrepo.Entry, src []byte) string

// restoreFix brings back what stood there before, or takes a new file out.
func restoreFix(f *judged) string {
	name := text.ShellPath(f.path)
	switch {
	case f.snap.undo != nil:
		return f.snap.undo(f.path, f.old, f.src)
	case f.old.ID == "":
		return "git rm --cached -- " + name
	case f.snap.rewrite != "":
		// Rebase has stopped at the commit, with nothing in the working tree that is not in it.
		return "git restore --source=HEAD^ --staged --worktree -- " + name
	}
	return "git restore --source=" + string(f.snap.commit) + "^ --staged -- " + name
}

// conflictFix takes our side of a conflict and opens it in the editor, for the change of the other side. To restore the
// file alone would drop that change, and nobody would be told.
func conflictFix(f *judged) string {
	if f.snap.merge == nil || f.snap.commit != "" {
		return restoreFix(f)
	}
	// The first brings the conflict back where somebody has added the file already.
	name := text.ShellPath(f.path)
	return fmt.Sprintf("git checkout -m -- %s && git checkout --ours -- %s && gitsecrets edit %s && git add -- %s", name, name, name, name)
}

// undoStaged is for the index. amended are the paths that HEAD changed, if the commit is to take the place of HEAD:
// HEAD holds then what is to go. Without a commit to restore from, a file is taken out.
func undoStaged(born, root bool, amended map[string]bool) undoFunc {
	return func(path string, _ gitrepo.Entry, _ []byte) string {
		switch {
		case !born || root && amended[path]:
			return "git rm --cached -f -- " + text.ShellPath(path)
		case amended[path]:
			return "git restore --source=HEAD^ --staged -- " + text.ShellPath(path)
		}
		return "git restore --staged -- " + text.ShellPath(path)
	}
}

// undoFrom is for the newest commit of a branch that is proposed to base.
func undoFrom(base gitrepo.ID) undoFunc {
	return func(path string, old gitrepo.Entry, _ []byte) string {
		if old.ID == "" {
			return "git rm --cached -- " + text.ShellPath(path)
		}
		return "git restore --source=" + string(base) + " --staged -- " + text.ShellPath(path)
	}
}

// undoEdits is for the working tree. Edits are shown one by one, so that their author chooses; what is not in HEAD, or
// is the same there, is kept out of Git.
func undoEdits(ctx context.Context, repo *gitrepo.Repo) undoFunc {
	head := sync.OnceValue(func() gitrepo.Tree {
		id, born, err := repo.Head(ctx)
		if err != nil || !born {
			return nil
		}
		tree, err := repo.TreeOf(ctx, id)
		if err != nil {
			return nil
		}
		return tree
	})
	return func(path string, _ gitrepo.Entry, src []byte) string {
		if tree := head(); tree != nil && src != nil {
			e, ok, err := tree.Lookup(ctx, path)
			if err == nil && ok {
				before, err := tree.Blob(ctx, e, int64(len(src))+1)
				if err != nil || !bytes.Equal(before, src) {
					return "git restore -p --source=HEAD -- " + text.ShellPath(path)
				}
			}
		}
		return "git rm -q --cached -f --ignore-unmatch -- " + text.ShellPath(path) + ` && printf '%s\n' ` + text.ShellPath(ignorePattern(path)) + " >>.gitignore"
	}
}

// ignorePattern is the line of the topmost .gitignore for one file.
func ignorePattern(path string) string {
	var b strings.Builder
	b.WriteByte('/')
	for i := range len(path) {
		if strings.IndexByte(`\*?[ `, path[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(path[i])
	}
	return b.String()
}
