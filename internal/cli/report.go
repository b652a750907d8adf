package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// errRefused ends a run whose report says why.
const errRefused = exitError(exitPolicy)

func isReportFormat(format string) bool {
	switch format {
	case "", "text", "json", "sarif", "github", "gitlab", "junit":
		return true
	}
	return false
}

// writeReport writes the report that check was asked for. root is where its
// paths begin.
func (a *App) writeReport(c *cli.Context, r *hooks.Report, root string) error {
	var b strings.Builder
	var err error
	switch c.String("format") {
	case "json":
		err = reportJSON(&b, r)
	case "sarif":
		err = reportSARIF(&b, r, a.version)
	case "github":
		reportGitHub(&b, r)
	case "gitlab":
		err = reportGitLab(&b, r)
	case "junit":
		err = reportJUnit(&b, r)
	default:
		reportText(&b, fromHere(r, root, ""))
	}
	if err != nil {
		return err
	}
	if name := c.String("output"); name != "" {
		err = atomicfile.Write(name, []byte(b.String()), atomicfile.Options{Mode: 0o644})
	} else {
		_, err = io.WriteString(a.words(), b.String())
	}
	if err != nil {
		return coded(exitWrite, err)
	}
	a.warnOf(r)
	if r.Verdict == hooks.Refused {
		a.say("gitsecrets: refused: %s", countFindings(r.Findings))
		return errRefused
	}
	if c.Command.Name == "scan" {
		a.say("gitsecrets: nothing found in %s%s", text.Count(r.Judged, "file", "files"), acceptedWords(r))
		return nil
	}
	a.say("gitsecrets: nothing to mend in %s, %d of them encrypted%s", text.Count(r.Judged, "file", "files"), r.Sealed, acceptedWords(r))
	return nil
}

// warnOf says what a report warns of, and what was not looked at.
func (a *App) warnOf(r *hooks.Report) {
	for _, w := range append(slices.Clip(r.Warnings), r.Notes()...) {
		a.warnf("%s", term.EscapeLine(w))
	}
}

// printVerdict tells the person whose commit or push it is. Nothing is said of
// what is fine, but for findings that somebody accepted.
func (a *App) printVerdict(r *hooks.Report, subject string) error {
	a.warnOf(r)
	if r.Verdict != hooks.Refused {
		if len(r.Accepted) > 0 {
			var b strings.Builder
			reportText(&b, &hooks.Report{Accepted: r.Accepted})
			fmt.Fprint(withholding{a.stderr}, b.String())
		}
		return nil
	}
	var b strings.Builder
	// Git runs its hooks at the top and says from where it was called.
	reportText(&b, fromHere(r, topHere(), os.Getenv("GIT_PREFIX")))
	a.say("gitsecrets: %s is refused: %s", subject, countFindings(r.Findings))
	fmt.Fprint(withholding{a.stderr}, b.String())
	return errRefused
}

// maxShown is how many findings are shown to a person; the other forms of the
// report hold all.
const maxShown = 100

// reportText is the report for people: each file, its places, and the command
// that mends it.
func reportText(w io.Writer, r *hooks.Report) {
	for i := 0; i < len(r.Findings); {
		f := r.Findings[i]
		if i >= maxShown {
			fmt.Fprintf(w, "\nand %d more; gitsecrets check --format json tells all\n", len(r.Findings)-i)
			break
		}
		fmt.Fprintf(w, "\n%s", escapePath(f.Path))
		if f.Commit != "" {
			fmt.Fprintf(w, "  in commit %s", gitrepo.Short(gitrepo.ID(f.Commit)))
		}
		fmt.Fprintln(w)
		var fixes [][2]string
		for ; i < len(r.Findings) && i < maxShown && r.Findings[i].Path == f.Path && r.Findings[i].Commit == f.Commit; i++ {
			g := r.Findings[i]
			fmt.Fprintf(w, "  %s\n", term.EscapeLine(placeOf(g)+g.Message+" "+brackets(g)))
			if g.Fix != "" && (len(fixes) == 0 || fixes[len(fixes)-1] != [2]string{g.Fix, g.Then}) {
				fixes = append(fixes, [2]string{g.Fix, g.Then})
			}
		}
		for _, fix := range fixes {
			fmt.Fprintf(w, "  to mend it: %s\n", term.EscapeLine(fix[0]))
			if fix[1] != "" {
				fmt.Fprintf(w, "  and in it: %s\n", term.EscapeLine(fix[1]))
			}
		}
	}
	for i, f := range r.Accepted {
		if i == maxShown {
			fmt.Fprintf(w, "and %d more that are accepted\n", len(r.Accepted)-i)
			break
		}
		fmt.Fprintf(w, "accepted: %s: %s\n", escapePath(f.Path), term.EscapeLine(placeOf(f)+f.Message+" "+brackets(f)))
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

func escapePath(path string) string {
	if shown := term.EscapeLine(path); shown != path || path == "" {
		return `"` + shown + `"`
	}
	return path
}

func countFindings(fs []hooks.Finding) string {
	files := map[string]bool{}
	for _, f := range fs {
		files[f.Path] = true
	}
	return fmt.Sprintf("%s in %s", text.Count(len(fs), "finding", "findings"), text.Count(len(files), "file", "files"))
}

func acceptedWords(r *hooks.Report) string {
	if len(r.Accepted) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s accepted", text.Count(len(r.Accepted), "finding", "findings"))
}
