package report

import (
	"io"
	"net/url"
	"slices"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// writeSARIF writes SARIF 2.1.0; version is that of this program. Accepted findings are in it as suppressed.
func writeSARIF(w io.Writer, r *hooks.Report, version string) error {
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
	return EncodeJSON(w, m{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []m{{"tool": m{"driver": m{"name": "gitsecrets", "version": version, "rules": rules}}, "results": results, "columnKind": "utf16CodeUnits"}},
	})
}
