//go:build interop

package actiontest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// act is a world in which act runs workflows with the Action as it stands here.
type act struct {
	*world
	action string
}

func newAct(t *testing.T) *act {
	t.Helper()
	for _, program := range []string{"act", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: run make action-tools", program)
		}
	}
	a := &act{world: newWorld(t, cloudtest.GitHubIssuer, "sts.amazonaws.com", "repo:"+repository+":ref:refs/heads/main"), action: t.TempDir()}
	if err := os.CopyFS(filepath.Join(a.action, "action"), os.DirFS("../../../action")); err != nil {
		t.Fatal(err)
	}
	yml, err := os.ReadFile("../../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.action, "action.yml"), yml, 0o644); err != nil {
		t.Fatal(err)
	}
	return a
}

// workflow writes the workflow of the repository; its steps follow a checkout and
// the Action, whose further inputs are given.
func (a *act) workflow(event, inputs, steps string) {
	a.t.Helper()
	lines := func(text, indent string) string {
		text = strings.TrimSpace(text)
		return indent + strings.ReplaceAll(text, "\n", "\n"+indent)
	}
	a.write(".github/workflows/deploy.yml", `on: `+event+`
permissions: {contents: read, id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: secrets
        uses: gitsecrets/gitsecrets@v1
        with:
          role-to-assume: `+role+`
          aws-region: eu-west-1
          binary-path: `+os.Getenv(programVariable)+`
`+lines(inputs, "          ")+"\n"+lines(steps, "      ")+"\n")
}

// run has act run the workflow for an event, and returns its log. act gives jobs
// the environment that it has itself, which is none of this process's.
func (a *act) run(event string, payload map[string]any, env ...string) (log string, ok bool) {
	a.t.Helper()
	args := []string{event, "-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--action-offline-mode", "--local-repository", "gitsecrets/gitsecrets@v1=" + a.action}
	if payload != nil {
		text, err := json.Marshal(payload)
		if err != nil {
			a.t.Fatal(err)
		}
		file := filepath.Join(a.home, "event.json")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			a.t.Fatal(err)
		}
		args = append(args, "-e", file)
	}
	cmd := a.command("act", args...)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		a.t.Fatal(err)
	}
	a.secretsIn("the log", string(out))
	return string(out), err == nil
}

func contains(t *testing.T, log string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	if t.Failed() {
		t.Logf("the log:\n%s", log)
	}
}

func TestActDecrypts(t *testing.T) {
	a := newAct(t)
	used := filepath.Join(a.home, "used")
	a.workflow("push", "files: |\n  secrets/prod.yaml", `
- run: |
    echo "the password is $(sed -n 's/^password: //p' "$FILES")"
    cp "$FILES" `+used+`
    printf '%s' "$FILES" >`+used+`.path
    gitsecrets --version
    echo "dir=$DIR expiration=$EXPIRATION subject=$SUBJECT skipped=$SKIPPED"
  env:
    FILES: ${{ steps.secrets.outputs.files }}
    DIR: ${{ steps.secrets.outputs.output-dir }}
    EXPIRATION: ${{ steps.secrets.outputs.expiration }}
    SUBJECT: ${{ steps.secrets.outputs.identity-subject }}
    SKIPPED: ${{ steps.secrets.outputs.skipped }}
`)
	a.commit()
	log, ok := a.run("push", nil, a.token()...)
	if !ok {
		t.Fatalf("the job failed:\n%s", log)
	}
	contains(t, log, "the password is ***", "expiration=20", "subject=repo:octo-org/octo-repo:ref:refs/heads/main", "skipped=false", "Post gitsecrets/gitsecrets@v1")
	if got, err := os.ReadFile(used); err != nil || !strings.Contains(string(got), "password: "+password+"\n") {
		t.Errorf("the step read %q, %v", got, err)
	}
	path, err := os.ReadFile(used + ".path")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(string(path)); !os.IsNotExist(err) {
		t.Errorf("%s is left after the job: %v", path, err)
	}
	a.nothingLeft()
}

// A job that fails after the Action is cleaned up after as well; variables are
// blanked for the steps after the jobs' own.
func TestActExportsAndCleansUpAfterFailure(t *testing.T) {
	a := newAct(t)
	a.workflow("push", "files: secrets/prod.yaml\nexport: env\nenv-prefix: APP_", `
- run: |
    echo "$APP_password has ${#APP_password} characters"
    exit 3
- if: always()
  run: echo "port=$APP_port_unencrypted"
`)
	a.commit()
	log, ok := a.run("push", nil, a.token()...)
	if ok {
		t.Error("the job's failure was hidden")
	}
	contains(t, log, "*** has 19 characters", "port=5432", "Success - Post gitsecrets/gitsecrets@v1")
	a.nothingLeft()
}

func TestActExportsOutputs(t *testing.T) {
	a := newAct(t)
	a.workflow("push", "files: secrets/prod.yaml\nexport: output", `
- run: |
    echo "$PASSWORD has ${#PASSWORD} characters, skipped=$SKIPPED, elsewhere ${#password}"
    gitsecrets ci run --file secrets/prod.yaml -- sh -c 'echo "the child has $password, token ${#ACTIONS_ID_TOKEN_REQUEST_TOKEN}"'
  env:
    PASSWORD: ${{ steps.secrets.outputs.password }}
    SKIPPED: ${{ steps.secrets.outputs.skipped }}
    GITSECRETS_CI_ROLE_TO_ASSUME: `+role+`
    AWS_REGION: eu-west-1
`)
	a.commit()
	log, ok := a.run("push", nil, a.token()...)
	if !ok {
		t.Error("the job failed")
	}
	contains(t, log, "*** has 19 characters, skipped=false, elsewhere 0", "the child has ***, token 0")
	a.nothingLeft()
}

func TestActRefuses(t *testing.T) {
	fork := map[string]any{"pull_request": map[string]any{
		"number": 7,
		"head":   map[string]any{"ref": "change", "sha": strings.Repeat("b", 40), "repo": map[string]any{"full_name": "stranger/octo-repo", "fork": true}},
		"base":   map[string]any{"ref": "main", "sha": strings.Repeat("a", 40), "repo": map[string]any{"full_name": repository}},
	}}
	own := map[string]any{"pull_request": map[string]any{
		"number": 8,
		"head":   map[string]any{"ref": "change", "sha": strings.Repeat("b", 40), "repo": map[string]any{"full_name": repository}},
		"base":   map[string]any{"ref": "main", "sha": strings.Repeat("a", 40), "repo": map[string]any{"full_name": repository}},
	}}
	for _, tc := range []struct {
		name, event, inputs string
		payload             map[string]any
		token               bool
		want                string
	}{
		{"no permission", "push", "", nil, false, "so the job lacks the permission id-token: write (exit code 11)"},
		{"a fork's pull request", "pull_request", "", fork, false, "(exit code 11)"},
		{"pull_request_target of a fork", "pull_request_target", "", fork, true, "the change that it is about comes from the fork stranger/octo-repo (exit code 14)"},
		{"pull_request_target with another commit", "pull_request_target", "", own, true, "is not its own, aaaaaaaaaaaa (GITHUB_SHA) (exit code 14)"},
		{"a boolean of YAML 1.1", "push", "trust-file-keys: 'yes'", nil, true, "input trust-file-keys must be true, True, TRUE, false, False or FALSE"},
		{"plaintext in the checkout", "push", "output-dir: out", nil, true, "the next commit could hold the plaintext (exit code 10)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAct(t)
			a.workflow(tc.event, "files: secrets/prod.yaml\n"+tc.inputs, "- run: echo reached")
			a.commit()
			var env []string
			if tc.token {
				env = a.token()
			}
			log, ok := a.run(tc.event, tc.payload, env...)
			if ok || strings.Contains(log, "| reached") {
				t.Error("the job went on")
			}
			contains(t, log, tc.want, "Success - Post gitsecrets/gitsecrets@v1")
			a.nothingLeft()
		})
	}
}

func TestActSkips(t *testing.T) {
	a := newAct(t)
	a.workflow("push", "files: secrets/prod.yaml\non-missing-identity: skip", "- run: echo skipped=${{ steps.secrets.outputs.skipped }} files=${{ steps.secrets.outputs.files }}.")
	a.commit()
	log, ok := a.run("push", nil)
	if !ok {
		t.Error("the job failed")
	}
	contains(t, log, "skipped=true files=.")
}

// nothingLeft looks for plaintext in all that the job and act could write.
func (a *act) nothingLeft() {
	a.t.Helper()
	for _, dir := range []string{a.repo, filepath.Join(a.home, ".cache")} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(text), password) {
				a.t.Errorf("%s holds the plaintext", path)
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			a.t.Error(err)
		}
	}
}
