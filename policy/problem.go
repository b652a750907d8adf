package policy

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Error says that a policy is invalid, with every problem.
type Error struct{ Problems []Problem }

// Problem is one thing that is wrong in a policy.
type Problem struct {
	File      string
	Line, Col int // from 1; 0 if unknown
	Msg       string
	Hint      string // what to do; may be empty
}

// String returns "file:line:column: message; hint".
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d:%d", p.Line, p.Col)
	}
	s += ": " + p.Msg
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// maxProblems bounds the number of problems that are reported for one file.
const maxProblems = 1000

// sortProblems sorts problems by their place in the file, and removes repeated ones: an alias repeats the same
// problem.
func sortProblems(ps []Problem) []Problem {
	sort.SliceStable(ps, func(i, j int) bool {
		if ps[i].Line != ps[j].Line {
			return ps[i].Line < ps[j].Line
		}
		if ps[i].Col != ps[j].Col {
			return ps[i].Col < ps[j].Col
		}
		return ps[i].Line > 0 && ps[i].Msg < ps[j].Msg
	})
	ps = slices.Compact(ps)
	if len(ps) > maxProblems {
		ps = append(ps[:maxProblems], Problem{File: ps[0].File, Msg: "and more"})
	}
	return ps
}

// suggest returns "did you mean X?" if a known name is similar to name.
func suggest(name string, known []string) string {
	if near := text.Nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
