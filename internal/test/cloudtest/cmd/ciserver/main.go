// Ciserver runs the cloud that a CI job meets, on loopback, until it is
// interrupted: an OIDC issuer behind GitHub's token endpoint, STS with one role that
// trusts one subject, and KMS and Secrets Manager, which accept that role's sessions.
// It writes files of "export NAME='value'" lines into a folder:
//
//	push.env   what a job on a push to main sees
//	fork.env   what the same job sees for a pull request of a fork: no identity
//	user.env   credentials of a person who encrypts
//
// and stats.json when it ends. Its keys are new at each start: what it encrypts
// is lost when it ends.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ciserver:", err)
		os.Exit(1)
	}
}

type options struct {
	keys             []string
	role, dir        string
	subject, sha     string
	repository       string
	eventPath, event string
	latency          time.Duration
}

func run() error {
	var o options
	flag.StringVar(&o.dir, "dir", "", "folder for the files (required)")
	flag.Func("key", "ARN of a KMS key or alias (repeatable)", func(arn string) error { o.keys = append(o.keys, arn); return nil })
	flag.StringVar(&o.role, "role", "arn:aws:iam::111122223333:role/ci-decrypt", "role that the job may assume")
	flag.StringVar(&o.repository, "repository", "octo-org/octo-repo", "repository of the job")
	flag.StringVar(&o.subject, "subject", "", "subject that the role trusts (default: pushes to main of the repository)")
	flag.StringVar(&o.sha, "sha", "", "commit of the job")
	flag.StringVar(&o.event, "event", "push", "event of the job in push.env")
	flag.StringVar(&o.eventPath, "event-path", "", "file with the event's payload, for fork.env and push.env")
	flag.DurationVar(&o.latency, "latency", 0, "time that each call of KMS and STS takes")
	flag.Parse()
	if o.dir == "" || flag.NArg() > 0 {
		return errors.New("-dir is required, and takes no arguments")
	}
	if o.subject == "" {
		o.subject = "repo:" + o.repository + ":ref:refs/heads/main"
	}
	return serve(o)
}

func serve(o options) error {
	iam, user := awstest.NewIAM()
	issuer, err := cloudtest.StartIssuer(cloudtest.GitHubIssuer)
	if err != nil {
		return err
	}
	defer issuer.Close()
	github, err := cloudtest.StartGitHub(issuer)
	if err != nil {
		return err
	}
	defer github.Close()
	iam.AddOIDCProvider(issuer, "sts.amazonaws.com")
	iam.AddWebIdentityRole(o.role, awstest.TrustPolicy{Issuer: issuer, StringEquals: map[string]string{"sub": o.subject}})
	sts, err := awstest.StartSTS(iam)
	if err != nil {
		return err
	}
	defer sts.Close()
	sts.Faults.SetLatency(o.latency)
	kms, err := awstest.StartKMS(awstest.KMSOptions{IAM: iam, Keys: o.keys, Latency: o.latency})
	if err != nil {
		return err
	}
	defer kms.Close()
	secrets, err := awstest.StartSecretsManager(iam)
	if err != nil {
		return err
	}
	defer secrets.Close()

	endpoints := []string{"AWS_ENDPOINT_URL_KMS=" + kms.URL, "AWS_ENDPOINT_URL_STS=" + sts.URL, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + secrets.URL, "AWS_REGION=eu-west-1"}
	job := cloudtest.GitHubJob{Repository: o.repository, SHA: o.sha, Event: o.event, EventPath: o.eventPath}
	fork := job
	fork.Event, fork.Ref, fork.Actor = "pull_request", "refs/pull/7/merge", "stranger"
	for name, env := range map[string][]string{
		"push.env": append(github.Env(job), endpoints...),
		"fork.env": append(github.ForkEnv(fork), endpoints...),
		"user.env": append([]string{"AWS_ACCESS_KEY_ID=" + user.AccessKey, "AWS_SECRET_ACCESS_KEY=" + user.SecretKey}, endpoints...),
	} {
		if err := writeEnv(filepath.Join(o.dir, name), env); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	stats, err := json.Marshal(map[string]int{
		"id_tokens": github.Faults.Count("token"), "web_identity": sts.Faults.Count("AssumeRoleWithWebIdentity"),
		"assume_role": sts.Faults.Count("AssumeRole"), "kms_decrypt": kms.Faults.Count("Decrypt"), "kms_peak": kms.Faults.Peak(),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.dir, "stats.json"), append(stats, '\n'), 0o644)
}

// writeEnv writes variables for a shell to read. The file is renamed into place,
// so that whoever waits for it never reads half.
func writeEnv(path string, env []string) error {
	slices.Sort(env)
	var b strings.Builder
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		b.WriteString("export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'\n")
	}
	if err := os.WriteFile(path+".tmp", []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}
