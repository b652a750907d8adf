package cli_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// What must stand nowhere, whatever it is called: ID tokens and sessions of AWS
// in no file and no output, age identities and Vault's tokens in no output.
var (
	leakAnywhere = regexp.MustCompile(`eyJ[\w-]{16,}\.eyJ[\w-]{16,}|\bASIA[A-Z2-7]{16}\b`)
	leakInOutput = regexp.MustCompile(`(?i)AGE-SECRET-KEY-(PQ-)?1[a-z0-9]{20,}|\bhv[sb]\.[\w-]{20,}|\bAKIA[A-Z2-7]{16}\b`)
	leakInChild  = regexp.MustCompile(`(?m)^(ACTIONS_ID_TOKEN_REQUEST_|SYSTEM_ACCESSTOKEN=|BUILDKITE_AGENT_ACCESS_TOKEN=|CIRCLE_OIDC_TOKEN|BITBUCKET_STEP_OIDC_TOKEN=|VAULT_TOKEN=|SOPS_AGE_KEY|AWS_SESSION_TOKEN=|[A-Z_]*_ID_TOKEN=)`)
)

var ageIdentity = regexp.MustCompile(`(?i)AGE-SECRET-KEY-(PQ-)?1[a-z0-9]{20,}`)

// toStore reads a file for a store of secrets. An identity in it must be in no other
// file in the end.
func (c *ciCloud) toStore(ts *testscript.TestScript, file string) string {
	text := ts.ReadFile(file)
	for _, name := range []string{file, "keys.txt", "keys2.txt"} {
		c.sources = append(c.sources, ts.MkAbs(name))
	}
	c.fetchable = append(c.fetchable, ageIdentity.FindAllString(text, -1)...)
	return text
}

// leaked reports whether a text holds one of the credentials, as it is or as a
// program could have written it.
func leaked(text string, credentials []string) bool {
	return leakAnywhere.MatchString(text) || slices.ContainsFunc(credentials, func(secret string) bool {
		return strings.Contains(text, secret[:min(len(secret), 24)]) || // cut off, too
			strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))) ||
			strings.Contains(text, hex.EncodeToString([]byte(secret))) ||
			strings.Contains(text, url.QueryEscape(secret))
	})
}

// checkOutput demands that the last program printed no credential.
func (c *ciCloud) checkOutput(ts *testscript.TestScript) {
	out := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	if leaked(out, append(append(c.credentials(), c.user.SecretKey), c.fetchable...)) || leakInOutput.MatchString(out) {
		ts.Fatalf("the output holds a credential")
	}
}

// childrenFile is where the commands of ci run leave their environments and arguments.
const childrenFile = ".children.env"

// watched lets the command behind "--" of ci run leave its environment where
// mustHaveLeftNothing reads it. What cannot be started stays as it is.
func watched(ts *testscript.TestScript, args []string) []string {
	i := slices.Index(args, "--")
	if runtime.GOOS == "windows" || i < 0 || i == len(args)-1 || !slices.Contains(args[:i], "run") {
		return args
	}
	if _, err := exec.LookPath(args[i+1]); err != nil {
		return args
	}
	note := []string{"sh", "-c", `{ env; echo "$@"; } >>"` + ts.MkAbs(filepath.Join(ts.Getenv("WORK"), childrenFile)) + `"; exec "$0" "$@"`}
	return slices.Concat(args[:i+1], note, args[i+1:])
}

// mustHaveLeftNothing looks for credentials, and identities that could be fetched, in
// every file that a script leaves, and for what proves a job's identity in the environments of its commands.
func (c *ciCloud) mustHaveLeftNothing(dir string) error {
	held := c.credentials()
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(path) == ".token" {
			return err
		}
		text, err := os.ReadFile(path)
		switch {
		case err != nil:
			return err
		case leaked(string(text), held), !slices.Contains(c.sources, path) && leaked(string(text), c.fetchable):
			return fmt.Errorf("%s holds a credential", path)
		case entry.Name() == childrenFile:
			if found := leakInChild.FindString(string(text)); found != "" {
				return fmt.Errorf("a command of ci run had %s", found)
			}
		}
		return nil
	})
}
