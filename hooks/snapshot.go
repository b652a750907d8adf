package hooks

import (
	"github.com/gitsecrets/gitsecrets/internal/copies"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// snapshot is what Git is about to accept, or holds: a tree, what of it is judged, and what else has a say.
type snapshot struct {
	// tree is the whole state; its .sops.yaml files govern.
	tree gitrepo.Tree
	// changes are the files to judge. Old is what stood there before, if anything: what was encrypted may not become
	// plaintext.
	changes []gitrepo.Change
	// bases are states whose policies apply as well, so that no change can loosen the rule that it breaks: the parents
	// of a commit, the branch that it is proposed to.
	bases []gitrepo.Tree
	// loose are policies that are not part of what is committed. A file that they govern may not be plaintext either:
	// somebody forgot to add them.
	loose []loosePolicy
	// commit is the id of the commit that is judged; empty for the index and for the working tree.
	commit gitrepo.ID
	// rewrite is the command that stops at commit to change it, empty if a new commit can mend what is found: what an
	// older one holds is sent all the same.
	rewrite string
	// merge is what the state was joined from; nil if from one other, or none.
	merge *merge
	// taken are the files among changes that a merge has as one side has them, and why they are judged all the same.
	taken map[string]takenFor
	// whole: changes are those of a push as a whole. The content of each file was judged with the commit that brought
	// it.
	whole bool
	// together: several changes are judged as one, by what the other side has.
	together bool
	// held is what the other side has and this builds on.
	held []former
	// newer are states whose policy may supersede an older one that has a say.
	newer []former
	// firm is one of bases whose policy nothing supersedes.
	firm gitrepo.Tree
	// gone are encrypted files that went away earlier in the same push.
	gone []*copies.Shape
	// left are files that a merge does not have, though one of its sides does. Nobody judges that again, but what the
	// merge itself brings may be their plaintext.
	left []gitrepo.Change
	// broughtBy names the commit that holds a file, where that is not commit.
	broughtBy func(path string) (commit gitrepo.ID, rewrite string)
	// ancestry is asked about the past; nil if nothing is known of it.
	ancestry *ancestry
	// undo is the way out for what no command can encrypt; nil: that of a commit.
	undo undoFunc
	// accept is the state whose list of accepted findings counts; nil means tree.
	accept gitrepo.Tree
	// enforced: the verdict is enforced on others, so that gitsecrets:allow comments count only if they stood there
	// before the change.
	enforced bool
}
