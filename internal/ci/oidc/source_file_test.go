package oidc

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// The kubelet puts a token behind two links and replaces the first of them.
func TestKubernetesReadsEachTime(t *testing.T) {
	dir := t.TempDir()
	link := func(old, name string) {
		t.Helper()
		if err := os.Symlink(old, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	tokens := []string{citest.IDToken(t, "sts.amazonaws.com", nil), citest.IDToken(t, "sts.amazonaws.com", map[string]any{"sub": "second"})}
	for i, token := range tokens {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprint("..", i)), 0o700); err != nil {
			t.Fatal(err)
		}
		citest.WriteFile(t, filepath.Join(dir, fmt.Sprint("..", i), "token"), token+"\r\n")
	}
	link("..0", "..data")
	link(filepath.Join("..data", "token"), "token")
	path := filepath.Join(dir, "token")
	for name, s := range map[string]Settings{"by variable": {}, "by name": {Provider: job.Kubernetes, TokenFile: path}, "as a file": {TokenFile: path}} {
		w := world(map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": path})
		src, err := Detect(w, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range tokens {
			if err := os.Remove(filepath.Join(dir, "..data")); err != nil {
				t.Fatal(err)
			}
			link(fmt.Sprint("..", i), "..data")
			tok, err := src.Token(context.Background(), "sts.amazonaws.com")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if tok.Raw() != tokens[i] {
				t.Errorf("%s: attempt %d got another token", name, i)
			}
		}
	}
}

func TestKubernetesPicksByAudience(t *testing.T) {
	dir := t.TempDir()
	w := world(map[string]string{
		"AWS_WEB_IDENTITY_TOKEN_FILE": citest.WriteFile(t, filepath.Join(dir, "aws"), citest.IDToken(t, "sts.amazonaws.com", nil)),
		"AZURE_FEDERATED_TOKEN_FILE":  citest.WriteFile(t, filepath.Join(dir, "azure"), citest.IDToken(t, "api://AzureADTokenExchange", nil)),
	})
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, audience := range []string{"sts.amazonaws.com", "api://AzureADTokenExchange"} {
		if _, err := src.Token(context.Background(), audience); err != nil {
			t.Errorf("%s: %v", audience, err)
		}
	}
	_, err = src.Token(context.Background(), "vault")
	citest.WantFailure(t, err, call.Refused, `"sts.amazonaws.com"`, `"vault"`)
}

func TestTokenFileRefuses(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	paths := map[string]struct {
		path string
		want call.Failure
	}{
		"folder":    {dir, call.BadSetting},
		"long":      {citest.WriteFile(t, in("long"), strings.Repeat("x", 2<<20)), call.BadSetting},
		"absent":    {in("absent"), call.NoIdentity},
		"empty":     {citest.WriteFile(t, in("empty"), ""), call.NoIdentity},
		"blank":     {citest.WriteFile(t, in("blank"), " \n"), call.NoIdentity},
		"no token":  {citest.WriteFile(t, in("text"), "hunter2"), call.Refused},
		"two lines": {citest.WriteFile(t, in("lines"), citest.IDToken(t, "a", nil)+"\n"+citest.IDToken(t, "a", nil)), call.Refused},
	}
	if runtime.GOOS != "windows" {
		pipe := in("pipe")
		if err := exec.Command("mkfifo", pipe).Run(); err != nil {
			t.Fatal(err)
		}
		paths["pipe"] = struct {
			path string
			want call.Failure
		}{pipe, call.BadSetting}
	}
	for name, tt := range paths {
		for _, s := range []Settings{{TokenFile: tt.path}, {Provider: job.Kubernetes, TokenFile: tt.path}} {
			src, err := Detect(world(nil), s)
			if err != nil {
				t.Fatal(err)
			}
			_, err = src.Token(context.Background(), "a")
			e := citest.WantFailure(t, err, tt.want)
			if strings.Contains(e.Error(), "hunter2") {
				t.Errorf("%s: error %q quotes the file", name, e)
			}
		}
	}
}

func TestEnvToken(t *testing.T) {
	env := map[string]string{"T": citest.IDToken(t, "a", nil) + "\n"}
	w := world(env)
	src, err := Detect(w, Settings{TokenEnv: "T"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(context.Background(), src, "a"); err != nil {
		t.Fatal(err)
	}
	_, err = w.Token(context.Background(), src, "b")
	citest.WantFailure(t, err, call.Refused, `"a"`, `"b"`)
	env["T"] = "hunter2"
	_, err = w.Token(context.Background(), src, "a")
	if e := citest.WantFailure(t, err, call.Refused); strings.Contains(e.Error(), "hunter2") {
		t.Errorf("error %q quotes the variable", e)
	}
}

// Sources are asked by several goroutines at once.
func TestSourceFromManyGoroutines(t *testing.T) {
	w, src, count := gitHubSource(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, `{"value":%q}`, citest.IDToken(t, r.URL.Query().Get("audience"), nil))
	})
	done := make(chan error)
	for i := range 20 {
		go func() {
			_, err := w.Token(context.Background(), src, fmt.Sprint("audience-", i))
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if count() != 20 {
		t.Errorf("%d requests", count())
	}
}
