package outputs

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

func TestCheckEnvName(t *testing.T) {
	for _, name := range []string{"A", "_a1", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "DOCKER_PASSWORD", "CARGO_REGISTRY_TOKEN", "NPM_TOKEN", "GIT_TOKEN", "PATHS",
		"HOMEPAGE", "CI_DEPLOY_TOKEN", "GITLAB_TOKEN", "LDAP_PASSWORD", "TF_VAR_password", "VAULT_TOKEN", "SOPS_AGE_KEY"} {
		if err := checkEnvName(name, nil, false); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "1A", "A-B", "A B", "A=B", "Ä", "A\n", "A\x00", "a.b"} {
		var e *call.Error
		if err := checkEnvName(name, []string{name}, false); !errors.As(err, &e) || e.Failure != call.BadSetting {
			t.Errorf("%q: got %v, want a bad setting", name, err)
		}
	}
	for _, name := range []string{"GITHUB_TOKEN", "GITHUB_PATH", "RUNNER_TEMP", "ACTIONS_STEP_DEBUG", "INPUT_X", "NODE_OPTIONS", "node_options", "PATH", "Path",
		"LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "PROMPT_COMMAND", "PYTHONPATH", "PYTHONSTARTUP", "PERL5OPT", "PERL5LIB", "RUBYOPT",
		"JAVA_TOOL_OPTIONS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_EXEC_PATH", "GIT_CONFIG_COUNT", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "SSL_CERT_FILE", "PS4", "GCONV_PATH",
		"CDPATH", "GLOBIGNORE", "HOME", "BASH_FUNC_x", "AWS_ENDPOINT_URL_STS", "GITSECRETS_CI_ROLE"} {
		var e *call.Error
		if err := checkEnvName(name, []string{"OTHER"}, false); !errors.As(err, &e) || e.Failure != call.Unsafe {
			t.Errorf("%s: got %v, want unsafe", name, err)
		}
		if err := checkEnvName(name, []string{name}, false); err != nil {
			t.Errorf("%s, allowed: %v", name, err)
		}
	}
}

func TestPairsOf(t *testing.T) {
	got, err := PairsOf("APP_", []Pair{{"db.password", "1"}, {"db/hosts/0", "2"}, {"api-key", "3"}, {"PATH", "4"}}, nil)
	want := []Pair{{"APP_db_password", "1"}, {"APP_db_hosts_0", "2"}, {"APP_api_key", "3"}, {"APP_PATH", "4"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for name, test := range map[string]struct {
		keys []Pair
		says []string
	}{
		"two keys, one name": {[]Pair{{"a.b", "canary"}, {"x", ""}, {"a-b", ""}}, []string{`"a.b"`, `"a-b"`, `"a_b"`}},
		"the same key":       {[]Pair{{"a", "canary"}, {"a", ""}}, []string{`"a"`}},
		"powerful":           {[]Pair{{"LD_PRELOAD", "canary"}}, []string{`"LD_PRELOAD"`}},
		"NUL":                {[]Pair{{"a", "canary\x00"}}, []string{`"a"`, "NUL"}},
		"digit":              {[]Pair{{"1st", "canary"}}, []string{`"1st"`}},
	} {
		_, err := PairsOf("", test.keys, nil)
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, says := range test.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v does not say %s", name, err, says)
			}
		}
	}
}

// The law of names: what is let through is a name everywhere, runs nothing, and is nobody else's.
func FuzzPairsOf(f *testing.F) {
	f.Add("", "a.b", "a_b")
	f.Add("APP_", "0", "PATH")
	f.Add("LD_", "PRELOAD", "é")
	f.Fuzz(func(t *testing.T, prefix, key1, key2 string) {
		pairs, err := PairsOf(prefix, []Pair{{key1, "1"}, {key2, "2"}}, nil)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") || strings.Contains(err.Error(), "::") {
				t.Errorf("%q is no text for a log", err)
			}
			return
		}
		if pairs[0].Name == pairs[1].Name {
			t.Errorf("two keys are %s", pairs[0].Name)
		}
		for _, p := range pairs {
			if strings.Trim(p.Name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" || strings.HasPrefix(strings.ToUpper(p.Name), "LD_") {
				t.Errorf("%q is let through", p.Name)
			}
		}
		if _, err := FormatShell(pairs); err != nil {
			t.Error(err)
		}
	})
}
