package runner

import (
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// parseRunnerFile reads a file of GITHUB_ENV or GITHUB_OUTPUT as the runner does.
func parseRunnerFile(text string) ([]outputs.Pair, error) {
	all, err := cloudtest.ParseRunnerFile(text)
	var pairs []outputs.Pair
	for _, v := range all {
		pairs = append(pairs, outputs.Pair(v))
	}
	return pairs, err
}
