//go:build interop

package interop

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

const (
	ciRole     = "arn:aws:iam::111122223333:role/ci/decrypt"
	ciKey      = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
	ciGovKey   = "arn:aws-us-gov:kms:us-gov-west-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000002" // of no use to the role
	ciAudience = "sts.amazonaws.com"
	ciSubject  = "repo:octo-org/octo-repo:ref:refs/heads/main"
)

// ciWorld is what a job of GitHub Actions meets: the runner's folders, GitHub's token
// endpoint, and clouds that trust its issuer. Whatever our program writes in it
// is kept, and at the end of the test none of it may hold a credential.
type ciWorld struct {
	*testing.T
	home, dir, runner string // HOME, the checkout, RUNNER_TEMP

	issuer  *cloudtest.Issuer
	github  *cloudtest.GitHub
	iam     *awstest.IAM
	user    awstest.Caller // a person, who encrypts with sops
	sts     *awstest.STS
	kms     *awstest.KMS
	secrets *awstest.SecretsManager
	google  *cloudtest.Google // nil without newGoogle
	vault   *cloudtest.Vault  // nil without newVault

	more []string // further variables of the job
	held []string // further texts that must stand nowhere
	seen []string // what the program wrote to its streams
}

func newCIWorld(t *testing.T) *ciWorld {
	t.Helper()
	w := &ciWorld{T: t, home: t.TempDir(), dir: t.TempDir(), runner: t.TempDir()}
	w.iam, w.user = awstest.NewIAM()
	w.issuer = cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	w.github = cloudtest.NewGitHub(t, w.issuer)
	w.iam.AddOIDCProvider(w.issuer, ciAudience)
	w.iam.AddWebIdentityRole(ciRole, awstest.TrustPolicy{Issuer: w.issuer, StringEquals: map[string]string{"sub": ciSubject}})
	w.sts = awstest.NewSTS(t, w.iam)
	w.kms = awstest.NewKMS(t, awstest.KMSOptions{IAM: w.iam, Keys: []string{ciKey, ciGovKey}})
	w.secrets = awstest.NewSecretsManager(t, w.iam)
	w.held = append(w.held, w.user.SecretKey)
	for _, name := range []string{"age.txt", "age-2.txt", "age-3.txt"} {
		w.held = append(w.held, "AGE-SECRET-KEY-"+keyText(t, name, "AGE-SECRET-KEY-"))
	}
	t.Cleanup(w.mustHaveLeakedNothing)
	return w
}

// base are the variables of everybody in this world: no credentials.
func (w *ciWorld) base() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "TMPDIR=" + w.home, "TZ=UTC", "LC_ALL=C.UTF-8", "SOPS_DISABLE_VERSION_CHECK=1",
		"AWS_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL_STS=" + w.sts.URL, "AWS_ENDPOINT_URL_KMS=" + w.kms.URL,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + w.secrets.URL,
	}
}

// ci runs our program in a job, and demands an exit code.
func (w *ciWorld) ci(code int, job cloudtest.GitHubJob, args ...string) outcome {
	w.Helper()
	env := append(w.base(), "RUNNER_TEMP="+w.runner)
	env = append(append(env, w.github.Env(job)...), w.more...)
	got := w.run(ours, env, append([]string{"ci"}, args...)...)
	w.seen = append(w.seen, got.stdout, got.stderr)
	if got.code != code {
		w.Fatalf("gitsecrets ci %q: exit %d, want %d: %s", args, got.code, code, w.redact(got.stderr))
	}
	return got
}

// person runs sops with a person's credentials, and demands success.
func (w *ciWorld) person(env []string, args ...string) string {
	w.Helper()
	keys, err := filepath.Abs(filepath.Join(testdata, "keys", "age.txt"))
	if err != nil {
		w.Fatal(err)
	}
	env = append(append(w.base(), "AWS_ACCESS_KEY_ID="+w.user.AccessKey, "AWS_SECRET_ACCESS_KEY="+w.user.SecretKey, "SOPS_AGE_KEY_FILE="+keys), env...)
	got := w.run(theirs, env, args...)
	if got.code != 0 {
		w.Fatalf("sops %q: exit %d: %s", args, got.code, got.stderr)
	}
	return got.stdout
}

// run runs a program in the checkout with exactly these variables.
func (w *ciWorld) run(program string, env []string, args ...string) outcome {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), program, args...)
	cmd.Dir, cmd.Env = w.dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// put writes a file of the checkout.
func (w *ciWorld) put(name, content string) {
	w.Helper()
	writeFile(w.T, filepath.Join(w.dir, name), content)
}

// credentials are the texts that must stand nowhere: of tokens, each part that
// is worth something.
func (w *ciWorld) credentials() []string {
	list := append(w.github.RequestTokens(), w.held...)
	for _, token := range w.issuer.Tokens() {
		list = append(list, token)
		if parts := strings.Split(token, "."); len(parts) == 3 {
			list = append(list, parts[1])
			if parts[2] != "" {
				list = append(list, parts[2])
			}
		}
	}
	if w.google != nil {
		list = append(list, w.google.Tokens()...)
	}
	if w.vault != nil {
		list = slices.AppendSeq(list, maps.Keys(w.vault.Lent()))
	}
	for _, s := range w.sts.Sessions() {
		list = append(list, s.Caller.AccessKey, s.Caller.SecretKey, s.Caller.SessionToken)
	}
	return list
}

// redact keeps credentials out of what a failing test prints.
func (w *ciWorld) redact(text string) string {
	for _, secret := range w.credentials() {
		text = strings.ReplaceAll(text, secret, "[CREDENTIAL]")
	}
	return text
}

// mustHaveLeakedNothing looks for credentials in all that the program wrote:
// its streams, and the files in every folder that it knew of.
func (w *ciWorld) mustHaveLeakedNothing() {
	w.lookThrough(w.home)
	w.lookThrough(w.dir)
	w.lookThrough(w.runner)
	w.mustHoldNone("the streams", strings.Join(w.seen, "\n"))
	if len(w.seen) == 0 || len(w.issuer.Tokens()) == 0 {
		w.Error("nothing was seen: the test proves nothing")
	}
}

// lookThrough looks for credentials in the files of a folder, and in their
// names.
func (w *ciWorld) lookThrough(dir string) {
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			w.mustHoldNone(filepath.Base(path), path+"\n"+readFile(w.T, path))
		}
		return err
	})
	if err != nil {
		w.Error(err)
	}
}

func (w *ciWorld) mustHoldNone(where, text string) {
	for _, secret := range w.credentials() {
		if secret != "" && strings.Contains(text, secret) {
			w.Errorf("%s: a credential stands here (%d characters of it)", where, len(secret))
		}
	}
}
