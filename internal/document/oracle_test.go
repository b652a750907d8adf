package document

import (
	"testing"

	"github.com/getsops/sops/v3"
)

// toSops turns a tree of ours into sops's own, so that its stores can be asked
// what they would write.
func toSops(t testing.TB, d *Document) sops.TreeBranches {
	var out sops.TreeBranches
	for _, root := range d.Roots {
		out = append(out, toSopsValue(t, root).(sops.TreeBranch))
	}
	return out
}

func toSopsValue(t testing.TB, n *Node) any {
	switch n.Kind {
	case Null:
		return nil
	case String:
		return n.Text
	case Int:
		return int(n.Int)
	case Float:
		return n.Float
	case Bool:
		return n.Bool
	case Time:
		return *n.Time
	case Comment:
		return sops.Comment{Value: n.Text, Inline: n.Inline}
	case List:
		var list []any
		for _, item := range n.Items {
			list = append(list, toSopsValue(t, item))
		}
		return list
	case Map:
		branch := sops.TreeBranch{}
		for _, item := range n.Items {
			if item.Kind == Comment {
				branch = append(branch, sops.TreeItem{Key: toSopsValue(t, item)})
				continue
			}
			branch = append(branch, sops.TreeItem{Key: item.Key, Value: toSopsValue(t, item)})
		}
		return branch
	}
	t.Fatalf("sops cannot hold kind %d (%s)", n.Kind, n.Text)
	return nil
}
