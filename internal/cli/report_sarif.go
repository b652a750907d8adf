package cli

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// reportSARIF writes SARIF 2.1.0; version is that of this program. Accepted findings are in it as suppressed.
func reportSARIF(w io.Writer, r *hooks.Report, version string) error {
	type m = map[string]any
	var ids []string
	results := []m{}
	for _, list := range [][]hooks.Finding{r.Findings, r.Accepted} {
		for _, f := range list {
			if !slices.Contains(ids, string(f.Code)) {
				ids = append(ids, string(f.Code))
			}
			region := m{"startLine": max(f.Line, 1)}
			if f.Column > 0 {
				region["startColumn"] = f.Column
			}
			result := m{
				"ruleId": string(f.Code), "level": "error", "message": m{"text": sentence(f)},
				"locations":           []m{{"physicalLocation": m{"artifactLocation": m{"uri": (&url.URL{Path: f.Path}).String(), "uriBaseId": "%SRCROOT%"}, "region": region}}},
				"partialFingerprints": m{"gitsecrets/v1": f.Fingerprint},
			}
			if f.Accepted != "" {
				result["suppressions"] = []m{{"kind": "external", "justification": "accepted by " + f.Accepted}}
			}
			results = append(results, result)
		}
	}
	slices.Sort(ids)
	rules := []m{}
	for _, id := range ids {
		rules = append(rules, m{"id": id, "shortDescription": m{"text": "gitsecrets: " + id}})
	}
	return encodeJSON(w, m{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []m{{"tool": m{"driver": m{"name": "gitsecrets", "version": version, "rules": rules}}, "results": results, "columnKind": "utf16CodeUnits"}},
	})
}

// reportGitHub writes workflow commands, which GitHub shows beside the lines of
// a pull request.
func reportGitHub(w io.Writer, r *hooks.Report) {
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
	if shown := strings.NewReplacer("\r", "", "\n", "").Replace(path); term.EscapeLine(shown) != shown {
		return term.EscapeLine(path)
	}
	return path
}

// reportJUnit writes a test report: one case for each finding, one that
// passes if there are none.
func reportJUnit(w io.Writer, r *hooks.Report) error {
	type failure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	type skipped struct {
		Message string `xml:"message,attr"`
	}
	type testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *failure `xml:"failure,omitempty"`
		Skipped *skipped `xml:"skipped,omitempty"`
	}
	suite := struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Cases    []testCase `xml:"testcase"`
	}{Name: "gitsecrets", Failures: len(r.Findings), Skipped: len(r.Accepted)}
	name := func(f hooks.Finding) string {
		return term.EscapeLine(fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Code))
	}
	for _, f := range r.Findings {
		suite.Cases = append(suite.Cases, testCase{Class: term.EscapeLine(f.Path), Name: name(f),
			Failure: &failure{Message: f.Message, Type: string(f.Code), Text: sentence(f)}})
	}
	for _, f := range r.Accepted {
		suite.Cases = append(suite.Cases, testCase{Class: term.EscapeLine(f.Path), Name: name(f), Skipped: &skipped{"accepted by " + f.Accepted}})
	}
	if len(suite.Cases) == 0 {
		suite.Cases = []testCase{{Class: "gitsecrets", Name: text.Count(r.Judged, "file", "files")}}
	}
	suite.Tests = len(suite.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
