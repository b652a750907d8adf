package archtest

import (
	"slices"
	"strings"
	"testing"
)

// room is one line of the import table. Production code only; what a path names
// holds for everything below it.
type room struct {
	here    []string // rooms of this module that it may import
	outside []string // modules and packages beyond the standard library that it may import
	never   []string // of the standard library
}

const sops = "github.com/getsops/sops/v3"

// everywhere is what no production code imports.
var everywhere = []string{sops}

// keyRooms are what a type of key may import here.
var keyRooms = []string{"policy", "encrypt", "internal/bounded", "internal/call", "internal/text"}

var rooms = map[string]room{
	"policy": {
		here:    []string{"internal/bounded", "internal/text"},
		outside: []string{"go.yaml.in/yaml/v3"},
		never:   []string{"os", "net", "net/http", "os/exec", "log", "log/slog", "path/filepath"},
	},
	"internal/document": {
		outside: []string{"go.yaml.in/yaml/v3"},
		never:   []string{"os", "net", "net/http", "os/exec", "log", "log/slog", "io/fs"},
	},
	"encrypt": {
		here:  []string{"policy", "internal/document", "internal/text", "internal/ciphertext"},
		never: []string{"os", "net", "net/http", "os/exec", "log", "log/slog"},
	},
	// Who can open files: the list of all; a type of key never imports another.
	"keys":         {here: []string{"encrypt", "keys"}, outside: []string{"filippo.io/age/plugin"}, never: []string{"os", "net", "os/exec", "log", "log/slog"}},
	"keys/age":     {here: keyRooms, outside: []string{"filippo.io/age"}, never: []string{"os", "net", "os/exec", "log", "log/slog"}},
	"keys/awskms":  {here: keyRooms, outside: []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"}, never: []string{"os", "os/exec", "log", "log/slog"}},
	"keys/azurekv": {here: keyRooms, outside: []string{"github.com/Azure/azure-sdk-for-go"}, never: []string{"os", "os/exec", "log", "log/slog"}},
	"keys/gcpkms":  {here: keyRooms, outside: []string{"golang.org/x/oauth2"}, never: []string{"os/exec", "log", "log/slog"}},
	"keys/hckms":   {here: keyRooms, outside: []string{"go.yaml.in/yaml/v3"}, never: []string{"os", "os/exec", "log", "log/slog"}},
	"keys/pgp":     {here: keyRooms, outside: []string{"golang.org/x/crypto/openpgp"}, never: []string{"os/user", "net", "log", "log/slog"}},
	"keys/vault":   {here: keyRooms, never: []string{"os", "os/exec", "log", "log/slog"}},
	"keys/remote":  {here: keyRooms, never: []string{"os", "os/exec", "log", "log/slog"}},
	// What each knows of the others is listed; what a job is and what its log takes for a
	// command is known to all.
	"internal/ci/job":     {here: []string{"internal/bounded", "internal/call", "internal/text"}, never: []string{"net/http", "os/exec", "log", "log/slog"}},
	"internal/ci/oidc":    {here: []string{"internal/bounded", "internal/call", "internal/text", "internal/ci/job"}, never: []string{"log", "log/slog"}},
	"internal/ci/trust":   {here: []string{"policy", "internal/text", "internal/ci/job", "internal/ci/oidc"}, never: []string{"os", "net", "net/http", "os/exec", "log", "log/slog"}},
	"internal/ci/ref":     {here: []string{"policy", "internal/call", "internal/text"}, never: []string{"os", "net", "net/http", "os/exec", "log", "log/slog"}},
	"internal/ci/outputs": {here: []string{"internal/atomicfile", "internal/bounded", "internal/call", "internal/text"}, never: []string{"net", "net/http", "os/exec", "log", "log/slog"}},
	"internal/ci/runner":  {here: []string{"internal/atomicfile", "internal/bounded", "internal/call", "internal/text", "internal/ci/job", "internal/ci/outputs"}, never: []string{"net", "net/http", "log", "log/slog"}},
	"internal/ci/audit":   {here: []string{"internal/atomicfile", "internal/bounded", "internal/call", "internal/text", "internal/ci/job"}, never: []string{"net", "net/http", "os/exec", "log", "log/slog"}},
	"internal/ci/lend": {
		here:  []string{"policy", "internal/bounded", "internal/call", "internal/text", "internal/ci/job", "internal/ci/oidc", "internal/ci/ref"},
		never: []string{"os/exec", "log", "log/slog"},
	},
	"internal/ci/lend/aws": {
		here:    []string{"policy", "internal/bounded", "internal/call", "internal/text", "internal/ci/job", "internal/ci/oidc", "internal/ci/ref", "internal/ci/trust"},
		outside: []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		never:   []string{"os/exec", "log", "log/slog"},
	},
	"hooks": {
		here:  []string{"policy", "encrypt", "internal/copies", "internal/gitrepo", "internal/remotes", "internal/scan", "internal/text"},
		never: []string{"log", "log/slog"},
	},
	"internal/gitrepo":    {here: []string{"internal/bounded", "internal/text"}, outside: []string{"github.com/go-git"}, never: []string{"log"}},
	"internal/githooks":   {here: []string{"internal/gitrepo", "internal/remotes", "internal/atomicfile", "internal/text"}, never: []string{"net", "os/exec", "log", "log/slog"}},
	"internal/copies":     {here: []string{"encrypt", "internal/scan"}, never: []string{"os", "net", "os/exec", "log", "log/slog"}},
	"internal/remotes":    {here: []string{"internal/gitrepo", "internal/atomicfile", "internal/bounded", "internal/text"}, never: []string{"net", "os/exec", "log", "log/slog"}},
	"internal/ciphertext": {never: []string{"os", "net", "os/exec", "log"}},
	"internal/scan":       {here: []string{"internal/ciphertext"}, outside: []string{"github.com/zricethezav/gitleaks"}, never: []string{"os", "net", "os/exec", "log"}},
	"internal/signals":    {never: []string{"net", "os/exec", "log"}},
	"internal/atomicfile": {here: []string{"internal/bounded", "internal/signals"}, outside: []string{"golang.org/x/sys"}, never: []string{"net", "os/exec", "log"}},
	"internal/batch": {
		here:    []string{"policy", "encrypt", "internal/atomicfile", "internal/signals"},
		outside: []string{"golang.org/x/sync"},
		never:   []string{"net", "os/exec", "log"},
	},
	// What asks services, and what reads no more than it should: of the standard library
	// alone, so that every package can use them.
	"internal/call":    {here: []string{"internal/bounded", "internal/text"}, never: []string{"os/exec", "log", "log/slog"}},
	"internal/bounded": {never: []string{"net", "net/http", "os/exec", "log", "log/slog"}},
	"internal/text":    {never: []string{"os", "net", "net/http", "os/exec", "log", "log/slog"}},
	// Where a person's age identities are; the environment is handed in.
	"internal/identity": {
		here:    []string{"internal/bounded", "internal/signals", "internal/term", "internal/text"},
		outside: []string{"filippo.io/age", "github.com/getsops/gopgagent", "github.com/google/shlex", "golang.org/x/crypto/ssh"},
		never:   []string{"net", "log", "log/slog"},
	},
	"internal/report": {here: []string{"hooks", "internal/gitrepo", "internal/text"}, never: []string{"os", "net", "os/exec", "log", "log/slog"}},
	"internal/term": {
		here:    []string{"internal/text"},
		outside: []string{"filippo.io/age/plugin", "golang.org/x/term", "golang.org/x/sys"},
		never:   []string{"net", "os/exec", "log"},
	},
	"cmd/gitsecrets": {here: []string{"internal/cli"}, never: []string{"log", "log/slog"}},
	"internal/cli": {
		here: []string{"keys", "internal/report", "internal/identity", "policy", "encrypt", "hooks", "internal/ci", "internal/gitrepo", "internal/githooks", "internal/scan",
			"internal/batch", "internal/atomicfile", "internal/signals", "internal/term", "internal/text", "internal/call", "internal/bounded"},
		outside: []string{"github.com/urfave/cli/v2", "filippo.io/age", "github.com/google/shlex",
			"golang.org/x/sys", "golang.org/x/sync", "github.com/aws/aws-sdk-go-v2/aws"},
		never: []string{"log", "log/slog"},
	},
	// The verbs, in three rooms: they import the program's package, and it imports none of them.
	"internal/cli/files": {
		here: []string{"internal/cli", "keys", "internal/report", "internal/identity", "policy", "encrypt", "hooks", "internal/ci", "internal/gitrepo", "internal/githooks", "internal/scan",
			"internal/batch", "internal/atomicfile", "internal/signals", "internal/term", "internal/text", "internal/call", "internal/bounded"},
		outside: []string{"github.com/urfave/cli/v2", "filippo.io/age", "github.com/google/shlex",
			"golang.org/x/sys", "golang.org/x/sync", "github.com/aws/aws-sdk-go-v2/aws"},
		never: []string{"log", "log/slog"},
	},
	"internal/cli/repo": {
		here: []string{"internal/cli", "keys", "internal/report", "internal/identity", "policy", "encrypt", "hooks", "internal/ci", "internal/gitrepo", "internal/githooks", "internal/scan",
			"internal/batch", "internal/atomicfile", "internal/signals", "internal/term", "internal/text", "internal/call", "internal/bounded"},
		outside: []string{"github.com/urfave/cli/v2", "filippo.io/age", "github.com/google/shlex",
			"golang.org/x/sys", "golang.org/x/sync", "github.com/aws/aws-sdk-go-v2/aws"},
		never: []string{"log", "log/slog"},
	},
	"internal/cli/cijob": {
		here: []string{"internal/cli", "keys", "internal/report", "internal/identity", "policy", "encrypt", "hooks", "internal/ci", "internal/gitrepo", "internal/githooks", "internal/scan",
			"internal/batch", "internal/atomicfile", "internal/signals", "internal/term", "internal/text", "internal/call", "internal/bounded"},
		outside: []string{"github.com/urfave/cli/v2", "filippo.io/age", "github.com/google/shlex",
			"golang.org/x/sys", "golang.org/x/sync", "github.com/aws/aws-sdk-go-v2/aws"},
		never: []string{"log", "log/slog"},
	},
	// What follows is for tests and builds; nothing above may import it.
	"internal/test/cloudtest":  {here: []string{"internal/test/cloudtest"}, outside: []string{"github.com/aws", "github.com/go-jose/go-jose/v4", "google.golang.org/protobuf"}},
	"internal/test/lendtest":   {here: []string{"policy", "internal/test/cloudtest", "internal/ci/job", "internal/ci/oidc", "internal/ci/ref", "internal/test/citest"}},
	"internal/test/citest":     {here: []string{"internal/call"}},
	"internal/test/archtest":   {},
	"internal/test/bench":      {here: []string{"internal/test/cloudtest"}},
	"internal/test/gates":      {},
	"internal/test/interop":    {},
	"internal/test/actiontest": {},
	"internal/test/gittest":    {},
	"internal/test/keytest":    {here: []string{"policy", "internal/test/cloudtest"}},
	"internal/test/outside":    {here: []string{"policy", "encrypt", "keys", "hooks"}, outside: []string{"filippo.io/age"}},
	"keys/keystest":            {here: []string{"policy", "encrypt"}},
}

// roomOf returns the entry that governs a folder: its own or a parent's.
func roomOf(folder string) (room, bool) {
	for {
		if r, ok := rooms[folder]; ok {
			return r, true
		}
		i := strings.LastIndexByte(folder, '/')
		if i < 0 {
			return room{}, false
		}
		folder = folder[:i]
	}
}

// under reports whether path is one of the prefixes or below one.
func under(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return path == p || strings.HasPrefix(path, p+"/")
	})
}

// apart reports whether an import leads from one room of verbs to another, or from what they share to one.
func apart(from, to string) bool {
	const program = "internal/cli"
	return under(from, []string{program}) && under(to, []string{program}) && to != program && to != from
}

func TestImportTable(t *testing.T) {
	_, files := sources(t)
	for _, f := range files {
		if f.isTest() || f.room == "internal/test/tools" {
			continue
		}
		r, ok := roomOf(f.room)
		if !ok {
			t.Errorf("%s: the room %s is not in the import table", f.path, f.room)
			continue
		}
		for _, path := range f.imports(t) {
			here, ours := strings.CutPrefix(path, module+"/")
			domain, _, _ := strings.Cut(path, "/")
			switch {
			case ours:
				if !under(here, r.here) && here != f.room || apart(f.room, here) {
					t.Errorf("%s imports %s, which %s may not", f.path, here, f.room)
				}
			case under(path, everywhere):
				t.Errorf("%s imports %s, which only tests may", f.path, path)
			case strings.Contains(domain, "."):
				if !under(path, r.outside) {
					t.Errorf("%s imports %s, which is not in the import table for %s", f.path, path, f.room)
				}
			case slices.Contains(r.never, path):
				t.Errorf("%s imports %s, which %s may not", f.path, path, f.room)
			}
		}
	}
}
