//go:build interop

package interop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

// Two keys of the KMS on loopback.
const (
	kmsKeyOne = "arn:aws:kms:eu-west-1:111122223333:key/11111111-0000-4000-8000-000000000000"
	kmsKeyTwo = "arn:aws:kms:us-east-1:111122223333:key/22222222-0000-4000-8000-000000000000"
)

// The programs under test, and the surroundings that both get: a home of their
// own with every throw-away key in it, and a KMS. TestMain sets them.
var (
	ours, theirs string
	surroundings []string
)

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (int, error) {
	// The path of a GnuPG home must be short: sockets lie in it.
	home, err := os.MkdirTemp("", "gs")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(home)
	if theirs, err = exec.LookPath("sops"); err != nil {
		return 0, fmt.Errorf("%w: run make tools, and put .cache/bin into PATH", err)
	}
	out, err := exec.Command(theirs, "--version", "--disable-version-check").Output()
	if err != nil || !strings.HasPrefix(string(out), "sops 3.13.3") {
		return 0, fmt.Errorf("%s is not sops 3.13.3: %q, %v", theirs, out, err)
	}
	ours = filepath.Join(home, "gitsecrets.exe")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", ours, "../../../cmd/gitsecrets")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("build gitsecrets: %w", err)
	}
	iam, caller := awstest.NewIAM()
	kms, err := awstest.StartKMS(awstest.KMSOptions{IAM: iam, Keys: []string{kmsKeyOne, kmsKeyTwo}})
	if err != nil {
		return 0, err
	}
	defer kms.Close()
	gnupg := filepath.Join(home, "gpg")
	surroundings = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "TZ=UTC", "LC_ALL=C",
		"GNUPGHOME=" + gnupg,
		"SOPS_AGE_KEY_FILE=" + filepath.Join(home, "identities"),
		"SOPS_AGE_SSH_PRIVATE_KEY_FILE=" + filepath.Join(home, "ssh"),
		"SOPS_DISABLE_VERSION_CHECK=1",
		"AWS_ENDPOINT_URL_KMS=" + kms.URL,
		"AWS_ACCESS_KEY_ID=" + caller.AccessKey, "AWS_SECRET_ACCESS_KEY=" + caller.SecretKey,
		"AWS_EC2_METADATA_DISABLED=true",
	}
	if err := layOutKeys(home, gnupg); err != nil {
		return 0, err
	}
	defer exec.Command("gpgconf", "--homedir", gnupg, "--kill", "all").Run()
	return m.Run(), nil
}

// layOutKeys puts the throw-away keys where surroundings say they are.
func layOutKeys(home, gnupg string) error {
	var all []byte
	for _, name := range []string{"age.txt", "age-2.txt", "age-3.txt", "age-pq.txt"} {
		src, err := os.ReadFile(filepath.Join(testdata, "keys", name))
		if err != nil {
			return err
		}
		all = append(all, src...)
	}
	ssh, err := os.ReadFile(filepath.Join(testdata, "keys", "ssh_ed25519"))
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"identities": all, "ssh": ssh} {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o600); err != nil {
			return err
		}
	}
	if err := os.Mkdir(gnupg, 0o700); err != nil {
		return err
	}
	out, err := exec.Command("gpg", "--homedir", gnupg, "--batch", "--import", filepath.Join(testdata, "keys", "pgp.asc")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("gpg --import: %w: %s", err, out)
	}
	return nil
}

// keyText reads what stands behind a mark in a file of testdata/keys.
func keyText(t *testing.T, name, mark string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(testdata, "keys", name))
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(src), mark)
	if !ok {
		t.Fatalf("%s: no %q in it", name, mark)
	}
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}

// outcome is how a program ended.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs a program in dir.
func run(t *testing.T, dir, program, stdin string, env []string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(append([]string(nil), surroundings...), env...)
	cmd.Stdin = io.Reader(strings.NewReader(stdin))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must runs a program that has to succeed, and returns its stdout.
func must(t *testing.T, dir, program string, env []string, args ...string) string {
	t.Helper()
	got := run(t, dir, program, "", env, args...)
	if got.code != 0 {
		t.Fatalf("%s %q: exit %d: %s", filepath.Base(program), args, got.code, got.stderr)
	}
	return got.stdout
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
