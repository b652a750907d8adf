package archtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What the program links decides how long each start takes: sops's root package
// and its stores bring every provider's SDK, gRPC and a database driver.
func TestProgramLinks(t *testing.T) {
	if _, err := os.Stat(root + "/cmd/gitsecrets/main.go"); err != nil {
		t.Fatal(err)
	}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-tags", "urfave_cli_no_docs", "./cmd/gitsecrets")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v: %s", err, stderr.String())
		}
		banned := append([]string{"google.golang.org/grpc", "github.com/lib/pq", "cloud.google.com/go/kms",
			"github.com/gitsecrets/gitsecrets/internal/cloudtest", "github.com/gitsecrets/gitsecrets/internal/deps",
			"testing", "github.com/rogpeppe/go-internal", "github.com/cpuguy83/go-md2man"}, everywhere...)
		for _, path := range strings.Fields(string(out)) {
			if path == sops || under(path, banned) {
				t.Errorf("%s: the program links %s", goos, path)
			}
		}
	}
}
