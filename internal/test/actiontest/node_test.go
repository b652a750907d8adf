//go:build interop

package actiontest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// The Action's own tests, in JavaScript.
func TestNode(t *testing.T) {
	files, err := filepath.Glob("../../../action/test/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	out, err := exec.CommandContext(t.Context(), "node", append([]string{"--test"}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("node --test: %v\n%s", err, out)
	}
}
