package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxShown is how many findings are shown to a person; the other forms of the
// report hold all.
const maxShown = 100

// Text is the report for people: each file, its places, and the command
// that mends it.
func Text(w io.Writer, r *hooks.Report) {
	for i := 0; i < len(r.Findings); {
		f := r.Findings[i]
		if i >= maxShown {
			fmt.Fprintf(w, "\nand %d more; gitsecrets check --format json tells all\n", len(r.Findings)-i)
			break
		}
		fmt.Fprintf(w, "\n%s", EscapePath(f.Path))
		if f.Commit != "" {
			fmt.Fprintf(w, "  in commit %s", gitrepo.Short(gitrepo.ID(f.Commit)))
		}
		fmt.Fprintln(w)
		var fixes [][2]string
		for ; i < len(r.Findings) && i < maxShown && r.Findings[i].Path == f.Path && r.Findings[i].Commit == f.Commit; i++ {
			g := r.Findings[i]
			fmt.Fprintf(w, "  %s\n", text.EscapeLine(placeOf(g)+g.Message+" "+brackets(g)))
			if g.Fix != "" && (len(fixes) == 0 || fixes[len(fixes)-1] != [2]string{g.Fix, g.Then}) {
				fixes = append(fixes, [2]string{g.Fix, g.Then})
			}
		}
		for _, fix := range fixes {
			fmt.Fprintf(w, "  to fix it: %s\n", text.EscapeLine(fix[0]))
			if fix[1] != "" {
				fmt.Fprintf(w, "  and in it: %s\n", text.EscapeLine(fix[1]))
			}
		}
	}
	for i, f := range r.Accepted {
		if i == maxShown {
			fmt.Fprintf(w, "and %d more that are accepted\n", len(r.Accepted)-i)
			break
		}
		fmt.Fprintf(w, "accepted: %s: %s\n", EscapePath(f.Path), text.EscapeLine(placeOf(f)+f.Message+" "+brackets(f)))
	}
}

// placeOf is where in its file a finding stands.
func placeOf(f hooks.Finding) string {
	s := ""
	if f.Line > 0 {
		s = fmt.Sprintf("line %d", f.Line)
		if f.Column > 0 {
			s += fmt.Sprintf(", column %d", f.Column)
		}
		s += ": "
	}
	if f.KeyPath != "" {
		s += f.KeyPath + " "
	}
	return s
}

// brackets is what a finding is called, and who says so.
func brackets(f hooks.Finding) string {
	parts := []string{string(f.Code)}
	if f.Rule != "" {
		parts = append(parts, f.Rule)
	}
	if f.Accepted != "" {
		parts = append(parts, "accepted by "+f.Accepted)
	} else if (f.Code == hooks.CodeCopy || strings.HasPrefix(string(f.Code), hooks.LeakCode)) && f.Fingerprint != "" {
		parts = append(parts, "fingerprint "+f.Fingerprint)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// EscapePath is a path as a terminal may show it, quoted if that is not the path itself.
func EscapePath(path string) string {
	if shown := text.EscapeLine(path); shown != path || path == "" {
		return `"` + shown + `"`
	}
	return path
}
