package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	ciFiles = 50
	ciRole  = "arn:aws:iam::111122223333:role/ci-decrypt"
)

// ciKeys are the three KMS keys of the files.
func ciKeys() []string {
	var keys []string
	for i := range 3 {
		keys = append(keys, fmt.Sprintf("arn:aws:kms:eu-west-1:111122223333:key/22222222-0000-4000-8000-00000000000%d", i))
	}
	return keys
}

// ciRules are the rules of the benchmark's policy for them.
func ciRules() string {
	var b strings.Builder
	for i, key := range ciKeys() {
		fmt.Fprintf(&b, "  - path_regex: ^ci/%d\n    kms: %s\n", i, key)
	}
	return b.String()
}

// ciRow is the main job of a CI run: become the role, open 50 files, start the
// deployment. Beside it stands the usual recipe: the runner's token, STS, and a
// loop of sops.
func ciRow() row {
	files := func(format string) string {
		var list []string
		for i := range ciFiles {
			list = append(list, fmt.Sprintf(format, i%3, i))
		}
		return strings.Join(list, " ")
	}
	const name = "ci/%d-%02d.yaml"
	ours := `. ci/push.env; exec "$PROGRAM" ci run --mask none --as files --role-to-assume ` + ciRole + " " + files("--file "+name) + ` -- true`
	recipe := `. ci/push.env
json() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
xml() { printf '%s' "$answer" | sed -n 's/.*<'"$1"'>\([^<]*\)<.*/\1/p'; }
token=$(curl -sS -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" | json value)
answer=$(curl -sS "$AWS_ENDPOINT_URL_STS/" -d Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 -d RoleArn=` + ciRole + ` -d RoleSessionName=bench -d DurationSeconds=900 --data-urlencode "WebIdentityToken=$token" | tr -d '\n')
export AWS_ACCESS_KEY_ID=$(xml AccessKeyId) AWS_SECRET_ACCESS_KEY=$(xml SecretAccessKey) AWS_SESSION_TOKEN=$(xml SessionToken)
for f in ` + files(name) + `; do "$PROGRAM" decrypt "$f" >/dev/null || exit; done`
	return row{
		group: fmt.Sprintf("CI: %d files under 3 KMS keys, 30 ms a call, against assuming the role and a loop of sops", ciFiles), name: "ci run",
		ours: []string{"sh", "-c", ours}, sops: []string{"sh", "-c", recipe}, loop: true,
		prepare: func(s *scratch, c config) error {
			if err := s.startCI(); err != nil {
				return err
			}
			var names []string
			for i := range ciFiles {
				n := fmt.Sprintf(name, i%3, i)
				if err := s.makeFile(n, shapes[1], 20); err != nil {
					return err
				}
				names = append(names, n)
			}
			cmd := exec.Command("sh", "-c", `. ci/user.env; exec "$PROGRAM" encrypt -i `+strings.Join(names, " "))
			cmd.Dir, cmd.Env = s.dir, slices.Concat(s.env, []string{"PROGRAM=" + c.ours})
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("prepare: %w: %s", err, out)
			}
			return nil
		},
	}
}

// startCI builds and starts the cloud that a job meets, 30 ms for a call.
func (s *scratch) startCI() error {
	if err := os.Mkdir(s.path("ci"), 0o755); err != nil {
		return err
	}
	program := s.path("ciserver")
	build := exec.Command("go", "build", "-o", program, "./internal/test/cloudtest/cmd/ciserver")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the cloud: %w", err)
	}
	args := []string{"-latency", "30ms", "-role", ciRole, "-dir", s.path("ci")}
	for _, key := range ciKeys() {
		args = append(args, "-key", key)
	}
	if err := s.serve(exec.Command(program, args...)); err != nil {
		return err
	}
	for range 100 {
		if _, err := os.Stat(s.path("ci/user.env")); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the cloud does not start")
}
