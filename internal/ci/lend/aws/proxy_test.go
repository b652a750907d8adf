package aws

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// A process with nothing but a proxy and its authority talks to AWS by its real names: one STS call, one to KMS. What
// NO_PROXY names does not go that way.
func TestAWSThroughProxy(t *testing.T) {
	a := newAccount(t, cloudtest.GitHubJob{})
	a.parameters.Put("eu-west-1", "/ci/key", "by SSM")
	a.secrets.Put("eu-west-1", "111122223333", "ci/sops", "by Secrets Manager")
	blob := a.seal(t, cloudKey)
	suffix := ".eu-west-1.amazonaws.com"
	p := cloudtest.NewProxy(t)
	for name, server := range map[string]*cloudtest.Server{"sts": a.sts.Server, "kms": a.kms.Server, "ssm": a.parameters.Server, "secretsmanager": a.secrets.Server} {
		p.Forward(name+suffix, server)
	}
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, p.Authority, 0o600); err != nil {
		t.Fatal(err)
	}
	child := func(more ...string) string {
		t.Helper()
		cmd := exec.Command(os.Args[0], "-test.run=^TestAWSProxyChild$", "-test.v=false")
		cmd.Env = []string{"GITSECRETS_TEST_CHILD=" + fmt.Sprintf("%x", blob), "HTTPS_PROXY=" + p.URL, "HTTP_PROXY=http://127.0.0.1:1", "AWS_CA_BUNDLE=" + authority}
		for name, value := range a.env {
			if !strings.HasPrefix(name, "AWS_ENDPOINT") {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
		cmd.Env = append(cmd.Env, more...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		checkQuiet(t, string(out))
		answer, _ := bufio.NewReader(strings.NewReader(string(out))).ReadString('\n')
		return answer
	}
	if got, want := child(), "KMS ok, SSM ok, Secrets Manager ok\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := []string{"kms" + suffix, "secretsmanager" + suffix, "ssm" + suffix, "sts" + suffix}
	if seen, refused := p.Seen(), p.Refused(); !slices.Equal(seen, want) || len(refused) != 0 {
		t.Errorf("through the proxy: %q, want %q; refused: %q", seen, want, refused)
	}
	// .invalid is nowhere (RFC 6761).
	got := child("NO_PROXY=127.0.0.1,.invalid", "AWS_ENDPOINT_URL_STS=https://sts.invalid")
	if seen := append(p.Seen(), p.Refused()...); strings.Contains(got, "ok") || len(seen) != 0 {
		t.Errorf("with NO_PROXY: %q, %q", got, seen)
	}
	if got := child("AWS_CA_BUNDLE="); !strings.Contains(got, "certificate") {
		t.Errorf("without the authority: %q", got)
	}
}

// TestAWSProxyChild is the job of TestAWSThroughProxy, in a process of its own because a process reads its proxies
// once.
func TestAWSProxyChild(t *testing.T) {
	var blob []byte
	if n, _ := fmt.Sscanf(os.Getenv("GITSECRETS_TEST_CHILD"), "%x", &blob); n != 1 {
		return
	}
	ctx := context.Background()
	w := &oidc.World{Getenv: os.Getenv, Caller: call.Caller{Attempts: 1}}
	fail := func(err error) bool {
		if err != nil {
			fmt.Println(err)
		}
		return err != nil
	}
	source, err := oidc.Detect(w, oidc.Settings{})
	if fail(err) {
		return
	}
	secret, parameter := secretRef("ci/sops"), parameterRef("/ci/key")
	p, err := New(w, source, Settings{RoleARN: cloudRole, Region: "eu-west-1"}, "", Resources{KMSKeys: []string{cloudKey}, Secrets: []policy.Reference{secret}, Parameters: []policy.Reference{parameter}})
	if fail(err) {
		return
	}
	if _, err := p.Retrieve(ctx); fail(err) {
		return
	}
	cfg, err := p.Config(ctx, "eu-west-1")
	if fail(err) {
		return
	}
	if _, err := kms.NewFromConfig(cfg).Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob}); fail(err) {
		return
	}
	for _, r := range []policy.Reference{parameter, secret} {
		if _, err := p.Read(ctx, r); fail(err) {
			return
		}
	}
	fmt.Println("KMS ok, SSM ok, Secrets Manager ok")
}
