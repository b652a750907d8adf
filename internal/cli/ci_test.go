package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

const (
	ciRole  = "arn:aws:iam::111122223333:role/ci/decrypt"
	ciKey   = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
	ciKey2  = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000002"
	ciAlias = "arn:aws:kms:eu-west-1:111122223333:alias/team/web"
)

// ciCloud is what a script of testdata/ci meets: an issuer behind GitHub's
// token endpoint, STS with one role that trusts pushes to main of one
// repository, KMS, Secrets Manager and SSM.
type ciCloud struct {
	issuer  *cloudtest.Issuer
	github  *cloudtest.GitHub
	iam     *awstest.IAM
	user    awstest.Caller
	sts     *awstest.STS
	kms     *awstest.KMS
	secrets *awstest.SecretsManager
	ssm     *awstest.SSM
	vars    []string // that the last job had

	env    *testscript.Env
	places map[string]*ciPlace // other CIs, by name

	elsewhere *elsewhere
	clouds    *ciClouds // under production names; nil before "cloud up"
	vault     *ciVault  // nil before "vault up"

	fetchable []string // identities that were put into stores
	sources   []string // the files that they were in before
}

type cloudKey struct{}

// setupT lets the servers of a script end with it.
type setupT struct {
	env *testscript.Env
	err error
}

func (t *setupT) Helper()          {}
func (t *setupT) Cleanup(f func()) { t.env.Defer(f) }
func (t *setupT) Fatalf(format string, args ...any) {
	t.err = fmt.Errorf(format, args...)
	panic(t.err)
}

func setupCI(env *testscript.Env, tools string) (err error) {
	if err := setupScript(env, tools); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	t := &setupT{env: env}
	c := &ciCloud{env: env, places: map[string]*ciPlace{}, elsewhere: newElsewhere(env)}
	c.iam, c.user = awstest.NewIAM()
	c.issuer = cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	c.github = cloudtest.NewGitHub(t, c.issuer)
	c.iam.AddOIDCProvider(c.issuer, "sts.amazonaws.com")
	c.iam.AddWebIdentityRole(ciRole, awstest.TrustPolicy{Issuer: c.issuer, StringEquals: map[string]string{"sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}})
	c.sts = awstest.NewSTS(t, c.iam)
	c.kms = awstest.NewKMS(t, awstest.KMSOptions{IAM: c.iam, Keys: []string{ciKey, ciKey2, ciAlias}})
	c.secrets = awstest.NewSecretsManager(t, c.iam)
	c.ssm = awstest.NewSSM(t, c.iam, "")
	env.Values[cloudKey{}] = c
	env.Defer(func() {
		if err := c.mustHaveLeftNothing(env.WorkDir); err != nil {
			panic(err) // there is no other way to fail from here
		}
	})
	runner := filepath.Join(env.WorkDir, ".runner")
	if err := os.Mkdir(runner, 0o700); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_STS": c.sts.URL, "AWS_ENDPOINT_URL_KMS": c.kms.URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER": c.secrets.URL, "AWS_ENDPOINT_URL_SSM": c.ssm.URL,
		"AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true", "ROLE": ciRole, "KEY": ciKey, "KEY2": ciKey2, "ALIAS": ciAlias,
		"RUNNER_TEMP": runner, "ELSEWHERE": c.elsewhere.url, "SOPS_AGE_KEY_FILE": "", "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.invalid", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.invalid",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "SSL_CERT_FILE": "", "AWS_CA_BUNDLE": "",
	} {
		env.Setenv(name, value)
	}
	return nil
}

// credentials are the texts that must stand nowhere.
func (c *ciCloud) credentials() []string {
	list := slices.Concat(c.issuer.Tokens(), c.github.RequestTokens(), c.clouds.credentials(), c.vault.credentials())
	for _, s := range c.sts.Sessions() {
		list = append(list, s.Caller.AccessKey, s.Caller.SecretKey, s.Caller.SessionToken)
	}
	for _, p := range c.places {
		list = append(append(list, p.issuer.Tokens()...), p.access...)
	}
	return list
}

func cloudOf(ts *testscript.TestScript) *ciCloud { return ts.Value(cloudKey{}).(*ciCloud) }

// gsCommand runs the program, demands an exit code and that no output holds a
// credential: gs CODE ARGS….
func gsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: gs code args...")
	}
	exitCommand(ts, false, append([]string{args[0], "gitsecrets"}, watched(ts, args[1:])...))
	cloudOf(ts).checkOutput(ts)
}

// jobCommand makes what follows a job of GitHub Actions: job NAME=VALUE…, of the
// fields of cloudtest.GitHubJob in lower case; fork=1 takes the identity away.
// "job none" is no job at all, "job user" the person who encrypts.
func jobCommand(ts *testscript.TestScript, neg bool, args []string) {
	c := cloudOf(ts)
	for _, name := range append(c.vars, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") {
		ts.Setenv(name, "")
	}
	c.vars = nil
	var job cloudtest.GitHubJob
	fields := map[string]*string{"repository": &job.Repository, "event": &job.Event, "ref": &job.Ref, "sha": &job.SHA, "actor": &job.Actor,
		"run": &job.RunID, "payload": &job.EventPath, "environment": &job.Environment}
	fork := false
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch {
		case arg == "none":
			return
		case arg == "user":
			ts.Setenv("AWS_ACCESS_KEY_ID", c.user.AccessKey)
			ts.Setenv("AWS_SECRET_ACCESS_KEY", c.user.SecretKey)
			return
		case name == "immutable":
			job.Immutable = true
		case name == "expired":
			job.Claims = map[string]any{"exp": time.Now().Add(-10 * time.Second).Unix()}
		case name == "fork":
			fork = true
		case fields[name] != nil:
			*fields[name] = value
		default:
			ts.Fatalf("no such field: %s", name)
		}
	}
	if job.SHA == "HEAD" {
		out, err := exec.Command("git", "-C", ts.MkAbs("."), "rev-parse", "HEAD").Output()
		ts.Check(err)
		job.SHA = strings.TrimSpace(string(out))
	}
	if job.EventPath != "" {
		job.EventPath = ts.MkAbs(job.EventPath)
	}
	vars := c.github.Env(job)
	if fork {
		vars = c.github.ForkEnv(job)
	}
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		ts.Setenv(name, value)
		c.vars = append(c.vars, name)
	}
}

func (c *ciCloud) faults(ts *testscript.TestScript, service string) *cloudtest.Faults {
	f := map[string]*cloudtest.Faults{"github": c.github.Faults, "sts": c.sts.Faults, "kms": c.kms.Faults, "secrets": c.secrets.Faults, "ssm": c.ssm.Faults}[service]
	if p := c.places[service]; p != nil {
		f = p.faults
	}
	if f == nil && service == "vault" && c.vault != nil {
		f = c.vault.Faults
	}
	if f == nil {
		f = c.clouds.faults(service)
	}
	if f == nil {
		ts.Fatalf("no such service: %s", service)
	}
	return f
}

// faultCommand makes calls go wrong: fault SERVICE OPERATION NAME=VALUE…, of
// the fields of cloudtest.Fault; "fault SERVICE clear" ends it.
func faultCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fault service operation name=value...")
	}
	faults := cloudOf(ts).faults(ts, args[0])
	if args[1] == "clear" {
		faults.Clear()
		return
	}
	var f cloudtest.Fault
	for _, arg := range args[2:] {
		name, value, _ := strings.Cut(arg, "=")
		n, err := strconv.Atoi(value)
		switch name {
		case "times":
			f.Times = n
		case "status":
			f.Status = n
		case "html":
			f.HTML = n
		case "retryafter":
			f.RetryAfter = n
		case "delay":
			f.Delay, err = time.ParseDuration(value)
		case "code":
			f.Code, err = value, nil
		case "message":
			f.Message, err = value, nil
		case "body":
			f.Body, err = value, nil
		case "redirect":
			f.Redirect, err = value, nil
		case "drop":
			f.Drop = true
		case "cut":
			f.Cut = true
		case "echo":
			f.Echo = true
		case "garbage":
			f.Garbage = true
		default:
			err = fmt.Errorf("no such fault: %s", name)
		}
		ts.Check(err)
	}
	faults.Set(args[1], f)
}

// callsCommand demands how often an operation was called since the last time:
// calls SERVICE OPERATION NUMBER.
func callsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: calls service operation number")
	}
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	if got := cloudOf(ts).faults(ts, args[0]).Count(args[1]); got != want {
		ts.Fatalf("%d calls of %s, want %d", got, args[1], want)
	}
}

// secretCommand stores the content of a file where a reference finds it: secret
// secrets|binary|deleted|ssm NAME FILE.
func secretCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: secret secrets|binary|deleted|ssm name file")
	}
	c := cloudOf(ts)
	text := c.toStore(ts, args[2])
	switch args[0] {
	case "secrets":
		c.secrets.Put("eu-west-1", "111122223333", args[1], text)
	case "binary":
		c.secrets.PutBinary("eu-west-1", "111122223333", args[1], []byte(text))
	case "deleted":
		c.secrets.Delete(c.secrets.Put("eu-west-1", "111122223333", args[1], text))
	case "ssm":
		c.ssm.Put("eu-west-1", args[1], text)
	default:
		ts.Fatalf("no such store: %s", args[0])
	}
}

// policyCommand demands the session policy of the last session: policy FILE.
func policyCommand(ts *testscript.TestScript, neg bool, args []string) {
	sessions := cloudOf(ts).sts.Sessions()
	if neg || len(args) != 1 || len(sessions) == 0 {
		ts.Fatalf("usage: policy file, after a session")
	}
	if got, want := sessions[len(sessions)-1].Policy, strings.TrimSpace(ts.ReadFile(args[0])); got != want {
		ts.Fatalf("the session policy is %s", got)
	}
}

// TestCIScripts runs the ci verbs against a cloud: testdata/ci/*.txtar. After
// each script no file that it leaves holds a credential.
func TestCIScripts(t *testing.T) {
	tools, err := filepath.Abs("../../.cache/bin")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/ci",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setupCI(env, tools) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gs": gsCommand, "job": jobCommand, "fault": faultCommand, "calls": callsCommand, "secret": secretCommand, "policy": policyCommand, "cloud": cloudCommand, "vault": vaultCommand,
			"place": placeCommand, "token": tokenCommand, "adopt": adoptCommand, "until": untilCommand, "untilfile": untilFileCommand, "everyfault": everyFaultCommand, "nothingleft": nothingLeftCommand,
			"absent": absentCommand, "same": sameCommand, "mode": modeCommand, "replace": replaceCommand,
		},
	})
}
