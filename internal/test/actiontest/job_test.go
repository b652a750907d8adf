//go:build interop

package actiontest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

const (
	repository = "octo-org/octo-repo"
	role       = "arn:aws:iam::111122223333:role/ci-decrypt"
	key        = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
	password   = "hunter2-very-secret"
)

// world is a repository with a sealed file, and the clouds that its jobs meet.
type world struct {
	t      *testing.T
	repo   string
	home   string
	issuer *cloudtest.Issuer
	github *cloudtest.GitHub
	clouds []string // variables that lead to the servers
}

// newWorld makes a world whose role trusts a subject of an issuer's tokens for an
// audience.
func newWorld(t *testing.T, issuer, audience, subject string) *world {
	t.Helper()
	w := &world{t: t, repo: t.TempDir(), home: t.TempDir(), issuer: cloudtest.NewIssuer(t, issuer)}
	iam, user := awstest.NewIAM()
	w.github = cloudtest.NewGitHub(t, w.issuer)
	iam.AddOIDCProvider(w.issuer, audience)
	iam.AddWebIdentityRole(role, awstest.TrustPolicy{Issuer: w.issuer, StringEquals: map[string]string{"sub": subject}})
	sts, err := awstest.StartSTS(iam)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sts.Close)
	kms, err := awstest.StartKMS(awstest.KMSOptions{IAM: iam, Keys: []string{key}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kms.Close)
	w.clouds = []string{"AWS_ENDPOINT_URL_KMS=" + kms.URL, "AWS_ENDPOINT_URL_STS=" + sts.URL}

	w.write(".sops.yaml", "creation_rules:\n  - path_regex: ^secrets/\n    kms: "+key+"\n")
	w.write("secrets/prod.yaml", "password: "+password+"\nport_unencrypted: 5432\n")
	seal := w.command(os.Getenv(programVariable), "encrypt", "-i", "secrets/prod.yaml")
	seal.Env = append(seal.Env, "AWS_ACCESS_KEY_ID="+user.AccessKey, "AWS_SECRET_ACCESS_KEY="+user.SecretKey)
	must(t, seal)
	w.git("init", "-q", "-b", "main", "--template=")
	w.git("remote", "add", "origin", "https://github.com/"+repository)
	return w
}

// token returns the variables by which a job of GitHub's asks for ID tokens.
func (w *world) token() []string {
	var env []string
	for _, v := range w.github.Env(cloudtest.GitHubJob{Repository: repository}) {
		if strings.HasPrefix(v, "ACTIONS_ID_TOKEN_") {
			env = append(env, v)
		}
	}
	return env
}

func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.repo, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// command runs in the repository with the clouds' variables, and nothing of this
// process's own environment.
func (w *world) command(program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Dir = w.repo
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "LC_ALL=C.UTF-8", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org"}, w.clouds...)
	return cmd
}

func (w *world) git(args ...string) string {
	w.t.Helper()
	return strings.TrimSpace(must(w.t, w.command("git", args...)))
}

func (w *world) commit() string {
	w.t.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "-m", "change")
	return w.git("rev-parse", "HEAD")
}

func must(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// secretsIn fails the test if text holds the plaintext, a token or a key.
func (w *world) secretsIn(what, text string) {
	w.t.Helper()
	tokens := append(w.issuer.Tokens(), append(w.github.RequestTokens(), password)...)
	for _, s := range tokens {
		if strings.Contains(text, s) {
			w.t.Errorf("%s holds %.10s...:\n%s", what, s, text)
		}
	}
	if m := regexp.MustCompile(`eyJ[\w-]+\.|ASIA[A-Z0-9]{12,}`).FindString(text); m != "" {
		w.t.Errorf("%s holds %.8s...:\n%s", what, m, text)
	}
}
