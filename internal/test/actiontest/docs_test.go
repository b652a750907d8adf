//go:build interop

package actiontest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// example reads a file of docs/ci into v, after edit. Fields that v does not have
// are those of the CI alone.
func example(t *testing.T, name string, edit func(string) string, v any) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../../../docs/ci", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	if edit != nil {
		text = edit(text)
	}
	if err := yaml.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// path finds gitsecrets, and the programs that a test wrote into bin of its home.
func (w *world) path() string {
	return strings.Join([]string{filepath.Dir(os.Getenv(programVariable)), filepath.Join(w.home, "bin"), os.Getenv("PATH")}, string(os.PathListSeparator))
}

// deploy writes the script that the examples run, commits, and runs the step of
// an example with the variables of its CI.
func (w *world) deploy(env []string, own map[string]string, script string) {
	w.t.Helper()
	w.write("deploy.sh", "#!/bin/sh\ntest \"$password\" = "+password+" && test -z \"$GITSECRETS_ID_TOKEN$ACTIONS_ID_TOKEN_REQUEST_TOKEN\" && echo deployed\n")
	if err := os.Chmod(filepath.Join(w.repo, "deploy.sh"), 0o755); err != nil {
		w.t.Fatal(err)
	}
	w.commit()
	cmd := w.command("bash", "-euo", "pipefail", "-c", script)
	cmd.Env = append(cmd.Env, env...)
	cmd.Env = append(cmd.Env, "PATH="+w.path())
	for name, value := range own {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	log := must(w.t, cmd)
	// What GitHub's runner is told to mask does not stand in its log.
	w.secretsIn("the log", regexp.MustCompile(`(?m)^::add-mask::.*$`).ReplaceAllString(log, ""))
	if !strings.Contains(log, "deployed") {
		w.t.Errorf("nothing was deployed:\n%s", log)
	}
}

func TestGitHubExamples(t *testing.T) {
	files, err := filepath.Glob("../../../docs/ci/github/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("examples: %q, %v", files, err)
	}
	a := newAct(t)
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// The Action as it stands here, so that its inputs and outputs are known.
		local := regexp.MustCompile(`gitsecrets/gitsecrets@[0-9a-f]{40}`).ReplaceAllString(string(src), "./")
		if local == string(src) {
			t.Errorf("%s does not use the Action by commit", name)
		}
		a.write(".github/workflows/"+filepath.Base(name), local)
	}
	if err := os.CopyFS(a.repo, os.DirFS(a.action)); err != nil {
		t.Fatal(err)
	}
	lint := a.command("actionlint", "-shellcheck=", "-pyflakes=")
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
	var job struct {
		Jobs map[string]struct {
			Steps []struct {
				Run string
				Env map[string]string
			}
		}
	}
	example(t, "github/deploy.yml", nil, &job)
	steps := job.Jobs["deploy"].Steps
	last := steps[len(steps)-1]
	a.deploy(a.github.Env(cloudtest.GitHubJob{Repository: repository}), last.Env, last.Run)
}

func TestGitLabComponent(t *testing.T) {
	w := newWorld(t, cloudtest.GitLabIssuer, "sts.amazonaws.com", "project_path:octo-org/octo-repo:ref_type:branch:ref:main")
	src, err := os.ReadFile("../../../docs/ci/gitlab/template.yml")
	if err != nil {
		t.Fatal(err)
	}
	head, body, ok := strings.Cut(string(src), "\n---\n")
	if !ok {
		t.Fatal("the component has no spec")
	}
	var spec struct {
		Spec struct {
			Inputs map[string]*struct {
				Default     *string
				Description string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(head), &spec); err != nil {
		t.Fatal(err)
	}
	given := map[string]string{"image": "i", "file": "secrets/prod.yaml", "command": `sh -c "./deploy.sh $0"`, "role-to-assume": role, "aws-region": "eu-west-1"}
	used := map[string]bool{}
	body = regexp.MustCompile(`\$\[\[ inputs\.([a-z-]+) \]\]`).ReplaceAllStringFunc(body, func(m string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(m, "$[[ inputs."), " ]]")
		in, known := spec.Spec.Inputs[name]
		used[name] = true
		value, ok := given[name]
		if !ok && in != nil && in.Default != nil {
			value, ok = *in.Default, true
		}
		if !known || !ok {
			t.Errorf("the input %s is not in the spec, or has no value", name)
		}
		return value
	})
	for name := range spec.Spec.Inputs {
		if !used[name] {
			t.Errorf("the input %s is not used", name)
		}
	}
	var jobs map[string]struct {
		IDTokens  map[string]struct{ Aud string } `yaml:"id_tokens"`
		Variables map[string]yaml.Node
		Script    []string
	}
	if err := yaml.Unmarshal([]byte(body), &jobs); err != nil {
		t.Fatal(err)
	}
	job := jobs["deploy"]
	own := map[string]string{}
	for name, node := range job.Variables {
		long := struct{ Value string }{node.Value}
		if node.Kind == yaml.MappingNode {
			if err := node.Decode(&long); err != nil {
				t.Fatal(err)
			}
		}
		own[name] = long.Value
	}
	for name, token := range job.IDTokens {
		w.deploy(cloudtest.GitLabEnv(name, w.issuer.GitLabToken(token.Aud, nil)), own, strings.Join(job.Script, "\n"))
	}
}

func TestBuildkiteStep(t *testing.T) {
	w := newWorld(t, "https://agent.buildkite.com", "sts.amazonaws.com",
		"organization:octo-org:pipeline:octo-repo:ref:refs/heads/main:commit:a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1:step:deploy")
	var pipeline struct {
		Steps []struct {
			Env     map[string]string
			Command string
		}
	}
	example(t, "buildkite/pipeline.yml", nil, &pipeline)
	step := pipeline.Steps[0]
	// The agent's program, which takes what is to be masked; for tokens, an agent
	// that cannot redact them, so that its endpoint is asked.
	agent := filepath.Join(w.home, "bin", "buildkite-agent")
	if err := os.Mkdir(filepath.Dir(agent), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(agent, []byte("#!/bin/sh\ntest \"$1\" = redactor || { echo cannot redact >&2; exit 1; }\ncat >>\"$HOME/redacted\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if redacted, err := os.ReadFile(filepath.Join(w.home, "redacted")); err != nil || !strings.Contains(string(redacted), password) {
			t.Errorf("the agent was told to redact %q, %v", redacted, err)
		}
	}()
	w.deploy(cloudtest.NewBuildkite(t, w.issuer).Env(), step.Env, step.Command)
}

func TestCircleCIJob(t *testing.T) {
	const organization = "e8a1f4c2-0000-4000-8000-000000000007"
	w := newWorld(t, cloudtest.CircleCIIssuer, organization, "org/"+organization+
		"/project/b2d3e4f5-0000-4000-8000-000000000008/user/c0ffee00-0000-4000-8000-00000000000a/vcs-origin/github.com/octo-org/octo-repo/vcs-ref/refs/heads/main")
	var config struct {
		Jobs map[string]struct {
			Environment map[string]string
			Steps       []yaml.Node
		}
	}
	example(t, "circleci/config.yml", nil, &config)
	job := config.Jobs["deploy"]
	var step struct{ Run struct{ Command string } }
	if err := job.Steps[len(job.Steps)-1].Decode(&step); err != nil {
		t.Fatal(err)
	}
	env := append(cloudtest.CircleCIEnv(w.issuer.CircleCIToken("", nil)), "CIRCLE_ORGANIZATION_ID="+organization)
	w.deploy(env, job.Environment, step.Run.Command)
}

// Azure's endpoints have fixed names: the step is run up to its request for a
// token, with and without what it needs for that.
func TestAzurePipelinesStep(t *testing.T) {
	w := newWorld(t, "https://vstoken.dev.azure.com/6a55d2b2-0000-4000-8000-000000000005", "x", "x")
	pipelines := cloudtest.NewAzurePipelines(t, w.issuer)
	var file struct {
		Variables map[string]string
		Steps     []struct {
			Script string
			Env    map[string]string
		}
	}
	example(t, "azure-pipelines/azure-pipelines.yml", func(s string) string {
		return strings.Replace(s, "00000000-0000-0000-0000-00000000000c", cloudtest.AzureServiceConnection, 1)
	}, &file)
	w.write(".sops.yaml", "creation_rules:\n  - path_regex: ^secrets/\n    age: age14yezhfakxas7qzuxcqwpxkllhr25guuh4vrh4lgac66lxrge0f7s3kvhvv\n")
	w.write("secrets/prod.yaml", "password: "+password+"\n")
	must(t, w.command(os.Getenv(programVariable), "encrypt", "-i", "secrets/prod.yaml"))
	w.commit()
	for _, tc := range []struct {
		token string
		code  int
		asked int
	}{{"", 11, 0}, {pipelines.AccessToken(), 13, 1}} {
		before := len(pipelines.Requests())
		cmd := w.command("bash", "-euo", "pipefail", "-c", file.Steps[0].Script)
		cmd.Env = append(append(cmd.Env, pipelines.Env()...), "PATH="+w.path(), "GITSECRETS_CI_TIMEOUT=2s", "HTTPS_PROXY=http://127.0.0.1:1") // nobody listens there
		for name, value := range file.Steps[0].Env {
			for variable, of := range file.Variables {
				value = strings.ReplaceAll(value, "$("+variable+")", of)
			}
			cmd.Env = append(cmd.Env, name+"="+strings.ReplaceAll(value, "$(System.AccessToken)", tc.token))
		}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		w.secretsIn("the log", strings.ReplaceAll(string(out), "\n", " "))
		if got := cmd.ProcessState.ExitCode(); got != tc.code {
			t.Errorf("exit code %d, want %d:\n%s", got, tc.code, out)
		}
		if got := len(pipelines.Requests()) - before; got < tc.asked {
			t.Errorf("%d requests for a token, want %d", got, tc.asked)
		}
	}
}
