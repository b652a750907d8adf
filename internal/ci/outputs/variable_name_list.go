package outputs

import (
	_ "embed"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
)

//go:embed envnames.txt
var envNamesText string

// envNames is envnames.txt, which says what each kind of pattern means. The names of Windows have no case; elsewhere
// only those of exactly are told apart by it.
type envNames struct {
	exact    map[string]bool
	cased    map[string]bool
	strict   map[string]bool // beginnings that take no exception
	families map[string]bool // beginnings
	suffixes map[string]bool
	patterns []string
	not      []string // exceptions to families
	endings  map[string]bool
}

// envNameList reads the list when a first name is checked.
var envNameList = sync.OnceValue(func() *envNames { return parseEnvNames(envNamesText) })

func parseEnvNames(text string) *envNames {
	l := &envNames{exact: map[string]bool{}, cased: map[string]bool{}, strict: map[string]bool{}, families: map[string]bool{},
		suffixes: map[string]bool{}, endings: map[string]bool{}}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		rest, isEndings := strings.CutPrefix(line, "@")
		for _, p := range strings.Fields(rest) {
			if isEndings {
				l.endings[p] = true
				continue
			}
			l.add(p)
		}
	}
	return l
}

func (l *envNames) add(p string) {
	begins := strings.TrimRight(p, "*")
	switch stars := strings.Count(p, "*"); {
	case p[0] == '!':
		l.not = append(l.not, p[1:])
	case p[0] == '=':
		l.cased[p[1:]] = true
	case stars == 0:
		l.exact[p] = true
	case stars == 1 && p[0] == '*':
		l.suffixes[p[1:]] = true
	case stars == 1 && begins != p:
		l.families[begins] = true
	case stars == 2 && len(begins) == len(p)-2:
		l.strict[begins] = true
	default:
		l.patterns = append(l.patterns, p)
	}
}

// powerful reports whether the one who chooses the value of a variable can run code, or change whom programs talk to
// and trust.
func (l *envNames) powerful(name string) bool {
	upper := strings.ToUpper(name)
	if l.exact[upper] || l.cased[name] || runtime.GOOS == "windows" && l.cased[upper] {
		return true
	}
	family := false
	for i := range upper {
		if l.strict[upper[:i+1]] || l.suffixes[upper[i:]] {
			return true
		}
		family = family || l.families[upper[:i+1]]
	}
	match := func(pattern string) bool {
		ok, err := path.Match(pattern, upper) // no pattern is malformed, and no name has a slash
		return ok || err != nil
	}
	return family && !isCredential(upper) && !slices.ContainsFunc(l.not, match) || slices.ContainsFunc(l.patterns, match)
}

// isCredential reports whether a name ends as what programs send or log in with, and neither run nor load.
func isCredential(upper string) bool {
	return slices.ContainsFunc([]string{"_TOKEN", "_PASSWORD", "_PASSWD", "_PASS", "_PASSPHRASE", "_SECRET", "_KEY", "_USER", "_USERNAME", "_LOGIN", "_EMAIL", "_ACCOUNT"},
		func(end string) bool { return strings.HasSuffix(upper, end) })
}

// endsPowerful reports whether a name ends as those do by which programs take options and commands. Those are in
// capitals but on Windows.
func (l *envNames) endsPowerful(name string) bool {
	upper := strings.ToUpper(name)
	if upper != name && runtime.GOOS != "windows" {
		return false
	}
	for i := range upper {
		if i > 0 && upper[i] == '_' && l.endings[upper[i:]] {
			return true
		}
	}
	return false
}
