package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// writeJUnit writes a test report: one case for each finding, one that
// passes if there are none.
func writeJUnit(w io.Writer, r *hooks.Report) error {
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
		return text.EscapeLine(fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Code))
	}
	for _, f := range r.Findings {
		suite.Cases = append(suite.Cases, testCase{Class: text.EscapeLine(f.Path), Name: name(f),
			Failure: &failure{Message: f.Message, Type: string(f.Code), Text: sentence(f)}})
	}
	for _, f := range r.Accepted {
		suite.Cases = append(suite.Cases, testCase{Class: text.EscapeLine(f.Path), Name: name(f), Skipped: &skipped{"accepted by " + f.Accepted}})
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
