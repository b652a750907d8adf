package archtest

import "testing"

// What the program links decides how long each start takes: sops's root package
// and its stores bring every provider's SDK, gRPC and a database driver.
func TestProgramLinks(t *testing.T) {
	banned := append([]string{"google.golang.org/grpc", "github.com/lib/pq", "cloud.google.com/go/kms",
		module + "/internal/test/cloudtest",
		"testing", "github.com/rogpeppe/go-internal", "github.com/cpuguy83/go-md2man"}, everywhere...)
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, path := range linked(t, goos, "{{.ImportPath}}") {
			if path == sops || under(path, banned) {
				t.Errorf("%s: the program links %s", goos, path)
			}
		}
	}
}
