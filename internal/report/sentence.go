package report

import "github.com/gitsecrets/gitsecrets/hooks"

// sentence is a finding in one line, without its path and place.
func sentence(f hooks.Finding) string {
	s := f.Message
	if f.KeyPath != "" {
		s = f.KeyPath + " " + s
	}
	if f.Fix != "" {
		s += ". To fix it: " + f.Fix
		if f.Then != "" {
			s += "; in it " + f.Then
		}
	}
	return s
}
