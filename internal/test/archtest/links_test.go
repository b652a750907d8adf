package archtest

import (
	"strings"
	"testing"
)

// What the program links decides how long each start takes: sops's root package
// and its stores bring every provider's SDK, gRPC and a database driver.
func TestProgramLinks(t *testing.T) {
	banned := append([]string{"google.golang.org/grpc", "github.com/lib/pq", "cloud.google.com/go/kms",
		module + "/internal/test/cloudtest",
		"testing", "github.com/rogpeppe/go-internal", "github.com/cpuguy83/go-md2man"}, everywhere...)
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, path := range linked(t, goos, "{{.ImportPath}}") {
			if under(path, banned) {
				t.Errorf("%s: the program links %s", goos, path)
			}
		}
	}
}

// What seals and judges files reaches no service: a hook would pay for each cloud's
// library at every commit, and a module that imports one of these would have them all.
func TestWhatJudgesLinksNoCloud(t *testing.T) {
	allowed := []string{"go.yaml.in/yaml/v3", "golang.org/x/sys"}
	for _, room := range []string{"policy", "internal/document", "encrypt", "hooks", "internal/scan"} {
		for _, path := range linkedBy(t, "linux", "{{.ImportPath}}", "./"+room) {
			domain, _, _ := strings.Cut(path, "/")
			switch here, ours := strings.CutPrefix(path, module+"/"); {
			case ours && under(here, []string{"keys", "ci", "internal/cli"}):
				t.Errorf("%s links %s", room, path)
			case !ours && strings.Contains(domain, ".") && !under(path, allowed):
				t.Errorf("%s links %s", room, path)
			}
		}
	}
}
