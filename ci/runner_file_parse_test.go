package ci

import (
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// parseRunnerFile reads a file of GITHUB_ENV or GITHUB_OUTPUT as the runner does.
func parseRunnerFile(text string) ([]Pair, error) {
	all, err := cloudtest.ParseRunnerFile(text)
	var pairs []Pair
	for _, v := range all {
		pairs = append(pairs, Pair(v))
	}
	return pairs, err
}
