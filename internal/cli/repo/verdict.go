package repo

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/report"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// errRefused ends a run whose report says why.
const errRefused = cli.ExitError(cli.ExitPolicy)

// writeReport writes the report that check was asked for. root is where its
// paths begin.
func (a *verbs) writeReport(c *urfave.Context, r *hooks.Report, root string) error {
	var b strings.Builder
	format := c.String("format")
	if format == "" || format == "text" {
		r = fromHere(r, root, "")
	}
	err := report.Write(&b, format, r, a.Version)
	if err != nil {
		return err
	}
	if name := c.String("output"); name != "" {
		err = atomicfile.Write(name, []byte(b.String()), atomicfile.Options{Mode: 0o644})
	} else {
		_, err = io.WriteString(a.Words(), b.String())
	}
	if err != nil {
		return cli.Coded(cli.ExitWrite, err)
	}
	a.warnOf(r)
	if r.Verdict == hooks.Refused {
		a.Say("gitsecrets: refused: %s", countFindings(r.Findings))
		return errRefused
	}
	if c.Command.Name == "scan" {
		a.Say("gitsecrets: nothing found in %s%s", text.Count(r.Judged, "file", "files"), acceptedWords(r))
		return nil
	}
	a.Say("gitsecrets: no problems in %s, %d of them encrypted%s", text.Count(r.Judged, "file", "files"), r.Sealed, acceptedWords(r))
	return nil
}

// warnOf says what a report warns of, and what was not looked at.
func (a *verbs) warnOf(r *hooks.Report) {
	for _, w := range append(slices.Clip(r.Warnings), r.Notes()...) {
		a.Warnf("%s", text.EscapeLine(w))
	}
}

// printVerdict tells the person whose commit or push it is. Nothing is said of
// what is fine, but for findings that somebody accepted.
func (a *verbs) printVerdict(r *hooks.Report, subject string) error {
	a.warnOf(r)
	if r.Verdict != hooks.Refused {
		if len(r.Accepted) > 0 {
			var b strings.Builder
			report.Text(&b, &hooks.Report{Accepted: r.Accepted})
			fmt.Fprint(a.Asides(), b.String())
		}
		return nil
	}
	var b strings.Builder
	// Git runs its hooks at the top and says from where it was called.
	report.Text(&b, fromHere(r, topHere(), os.Getenv("GIT_PREFIX")))
	a.Say("gitsecrets: %s is refused: %s", subject, countFindings(r.Findings))
	fmt.Fprint(a.Asides(), b.String())
	return errRefused
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
