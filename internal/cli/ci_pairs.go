package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/ci"
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/internal/term"
)

// pairs makes variables of the values of files: the names of nested keys are
// joined by underscores. Two keys that come to the same name are an error,
// never one in place of the other.
func (j *ciJob) pairs(files []*ciFile) ([]ci.Pair, error) {
	var all []ci.Pair
	for _, f := range files {
		roots := f.doc.Tree().Roots
		if len(roots) > 1 {
			j.a.warnf("%s holds %d documents; the values of the first are used", term.Escape(f.in.name), len(roots))
		}
		if f.file.Input == document.Binary {
			return nil, inFile(f.in.name, &usageError{msg: "a binary file has no names for variables", hint: "gitsecrets ci run --as files, or ci decrypt, hand it over as a file"})
		}
		values, err := leaves(nil, roots[0], "")
		if err != nil {
			return nil, inFile(f.in.name, err)
		}
		all = append(all, values...)
	}
	allow := j.c.StringSlice("allow-name")
	if j.section != nil {
		allow = append(allow, j.section.Names...)
	}
	return ci.PairsOf(j.c.String("env-prefix"), all, allow)
}

// leaves appends the values below a node, each with its path; dots stand
// between its parts.
func leaves(list []ci.Pair, n *document.Node, path string) ([]ci.Pair, error) {
	index := 0
	for _, item := range n.Items {
		if item.Kind == document.Comment {
			continue
		}
		part := item.Key
		if n.Kind == document.List {
			part = strconv.Itoa(index)
			index++
		}
		below := strings.TrimPrefix(path+"."+part, ".")
		if item.BadKey {
			return nil, fmt.Errorf("the key %q cannot become a variable: it is no string", term.Escape(below))
		}
		var err error
		if item.Kind == document.Map || item.Kind == document.List {
			list, err = leaves(list, item, below)
		} else {
			var value string
			if value, err = variableText(item); err == nil {
				list = append(list, ci.Pair{Name: below, Value: value})
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}
