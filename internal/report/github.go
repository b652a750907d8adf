package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// writeGitHub writes workflow commands, which GitHub shows beside the lines of
// a pull request.
func writeGitHub(w io.Writer, r *hooks.Report) {
	for _, f := range r.Findings {
		githubCommand(w, "error", f)
	}
	for _, f := range r.Accepted {
		f.Fix = ""
		f.Message += " (accepted by " + f.Accepted + ")"
		githubCommand(w, "notice", f)
	}
}

func githubCommand(w io.Writer, level string, f hooks.Finding) {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	fmt.Fprintf(w, "::%s file=%s", level, property.Replace(githubPath(f.Path)))
	if f.Line > 0 {
		fmt.Fprintf(w, ",line=%d", f.Line)
	}
	if f.Column > 0 {
		fmt.Fprintf(w, ",col=%d", f.Column)
	}
	fmt.Fprintf(w, ",title=%s::%s\n", property.Replace("gitsecrets "+string(f.Code)), data.Replace(sentence(f)))
}

// githubPath is a path as a workflow command takes it. What a terminal would act
// on is shown, and matches no file then.
func githubPath(path string) string {
	path = strings.ToValidUTF8(path, "\uFFFD")
	if shown := strings.NewReplacer("\r", "", "\n", "").Replace(path); text.EscapeLine(shown) != shown {
		return text.EscapeLine(path)
	}
	return path
}
