package outputs

import (
	"errors"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// settings are names of ordinary settings.
func settings(t testing.TB) []string {
	text, err := os.ReadFile("testdata/settings.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			names = append(names, strings.Fields(line)...)
		}
	}
	return names
}

// A list that refuses what people have is switched off by them.
func TestOrdinarySettings(t *testing.T) {
	names := settings(t)
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	if n := len(slices.Compact(sorted)); n < 1000 || n != len(names) {
		t.Fatalf("%d names, %d of them once", len(names), n)
	}
	var refused []string
	for _, name := range names {
		if checkEnvName(name, nil, false) != nil {
			refused = append(refused, name)
			if err := checkEnvName(name, []string{name}, false); err != nil {
				t.Errorf("%s, allowed: %v", name, err)
			}
		}
		if pairs, err := PairsOf("APP_", []Pair{{Name: name}}, nil); err != nil || pairs[0].Name != "APP_"+name {
			t.Errorf("%s with a prefix: %v", name, err)
		}
	}
	t.Logf("refused: %v", refused)
	if len(refused) > 5 {
		t.Errorf("%d of %d are refused", len(refused), len(names))
	}
}

// What is tried here makes the program that reads it run code, load a file or talk to somebody else.
func TestPowerfulNames(t *testing.T) {
	for _, name := range strings.Fields(`
		TAR_OPTIONS GOCACHEPROG CONFIG_SITE GOAUTH CONFIG_SHELL RSYNC_RSH CCACHE_PREFIX PYTEST_ADDOPTS PYTEST_PLUGINS KUBECTL_EXTERNAL_DIFF AWS_PAGER RIPGREP_CONFIG_PATH
		SVN_SSH VIMINIT GUNICORN_CMD_ARGS VAULT_AGENT_ADDR SUDO_EDITOR
		AWK SED GREP USE_BAZEL_VERSION
		LESSOPEN LESS MANPAGER PERL5OPT RUBYOPT NODE_OPTIONS PYTHONSTARTUP PYTHONHOME PYTHONINSPECT BASH_ENV ENV LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES GCONV_PATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS
		JDK_JAVA_OPTIONS MAVEN_OPTS GRADLE_OPTS SSH_ASKPASS EDITOR VISUAL npm_config_script_shell NPM_CONFIG_GLOBALCONFIG PIP_INDEX_URL PIP_CONFIG_FILE CARGO_BUILD_RUSTC_WRAPPER CARGO_REGISTRIES_X_INDEX RUSTC_WRAPPER
		CMAKE_TOOLCHAIN_FILE CC CXX LD MAKEFLAGS HELM_PLUGINS KUBECONFIG TF_CLI_CONFIG_FILE TF_CLI_ARGS TF_CLI_ARGS_plan ANSIBLE_VAULT_PASSWORD_FILE ANSIBLE_BECOME_EXE DOCKER_CONFIG AWS_CONFIG_FILE AWS_ENDPOINT_URL
		AWS_ENDPOINT_URL_S3 HTTPS_PROXY http_proxy all_proxy NO_PROXY SSL_CERT_FILE SSL_CERT_DIR PHPRC LUA_INIT LUA_INIT_5_4 R_PROFILE R_PROFILE_USER R_LIBS_USER PASSWORD_STORE_KEY JULIA_LOAD_PATH OPENSSL_CONF ZDOTDIR PROMPT_COMMAND PS4 IFS SHELLOPTS
		TMPDIR HOME PATH GIT_SSH GIT_SSH_COMMAND GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_CONFIG_PARAMETERS GIT_ATTR_SOURCE GIT_SOMETHING_NEW
		SPRING_APPLICATION_JSON SPRING_CONFIG_LOCATION LOGGING_CONFIG LOADER_PATH UWSGI_EXEC_PRE_APP DBUS_SESSION_BUS_ADDRESS FZF_DEFAULT_COMMAND BORG_PASSCOMMAND RESTIC_PASSWORD_COMMAND RCLONE_CONFIG_X_SSH
		BOTO_CONFIG CLOUDSDK_PYTHON GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES PSQLRC SQLPATH LIBMYSQL_PLUGINS ODBCINI KRB5_CONFIG APT_CONFIG SSH_SK_PROVIDER PKCS11_MODULE_PATH XDEBUG_CONFIG MPLBACKEND PDM_PROJECT
		GITHUB_ENV GITHUB_PATH GITHUB_OUTPUT RUNNER_TEMP ACTIONS_ID_TOKEN_REQUEST_TOKEN BUILDKITE_AGENT_ACCESS_TOKEN VAULT_CONFIG_PATH MVNW_REPOURL COREPACK_NPM_REGISTRY TEXMFCNF shell_escape HGRCPATH P4PORT ZIP ZIPOPT
		AIRFLOW__CORE__SQL_ALCHEMY_CONN_CMD ASAN_SYMBOLIZER_PATH ES_JAVA_OPTS KAFKA_OPTS HADOOP_CLASSPATH ASPNETCORE_HOSTINGSTARTUPASSEMBLIES DOTNET_STARTUP_HOOKS CORECLR_PROFILER_PATH ERL_AFLAGS OMPI_MCA_plm_rsh_agent
		OMP_TOOL_LIBRARIES CHROME_BIN GRAPHVIZ_DOT PROTOC PRISMA_QUERY_ENGINE_LIBRARY SE_MANAGER_PATH LIBVA_DRIVERS_PATH NIXPKGS_CONFIG SCREENRC FFREPORT SCALA_HOME
		SOME_TOOL_OPTIONS MY_ARGS THE_PAGER X_SHELL Y_RSH Z_ADDOPTS NEW_PLUGINS A_WRAPPER A_COMMAND A_CMD A_EDITOR A_ASKPASS`) {
		var e *call.Error
		err := checkEnvName(name, nil, false)
		if !errors.As(err, &e) || e.Failure != call.Unsafe || !strings.Contains(e.Hint, "--allow-name "+name) {
			t.Errorf("%s: got %v, want unsafe, with the way to allow it", name, err)
		}
	}
}

// A word before the name sets it apart only if no program has that word.
func TestPrefixOfNames(t *testing.T) {
	for _, tt := range []struct {
		prefix, key string
		ok          bool
	}{
		{"APP_", "DB_OPTIONS", true}, {"APP_", "LD_PRELOAD", true}, {"", "DB_OPTIONS", false}, {"", "db_options", runtime.GOOS != "windows"}, {"D", "B_OPTIONS", false}, {"_", "B_OPTIONS", false},
		{"TAR_", "OPTIONS", false}, {"T", "AR_OPTIONS", false}, {"PYTEST_", "ADDOPTS", false}, {"GIT_", "EXTERNAL_DIFF", false}, {"", "ZIP", false}, {"", "zip", runtime.GOOS != "windows"},
	} {
		if _, err := PairsOf(tt.prefix, []Pair{{Name: tt.key}}, nil); (err == nil) != tt.ok {
			t.Errorf("%s with the prefix %s: %v", tt.key, tt.prefix, err)
		}
	}
}

// Each name has a source, appears once, and is of a kind that the list explains.
func TestEnvNamesFile(t *testing.T) {
	seen := map[string]bool{}
	source := false
	for i, line := range strings.Split(strings.TrimSuffix(envNamesText, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			source = len(line) > 3
		case line == "":
			source = false
		case !source:
			t.Errorf("line %d has names without a source", i+1)
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, p := range strings.Fields(strings.TrimPrefix(line, "@")) {
			if seen[p] {
				t.Errorf("line %d: %s stands there twice", i+1, p)
			}
			seen[p] = true
			bare := strings.TrimLeft(p, "!=")
			if _, err := path.Match(bare, "X"); err != nil || strings.Trim(bare, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*") != "" || len(p)-len(bare) > 1 || strings.Trim(bare, "*") == "" {
				t.Errorf("line %d: %s is no pattern", i+1, p)
			}
		}
	}
	// A name that the list itself means is refused by it.
	for p := range seen {
		if p[0] == '!' || p[0] == '_' && envNameList().endings[p] {
			continue
		}
		if name := strings.ReplaceAll(strings.TrimPrefix(p, "="), "*", "X"); !envNameList().powerful(name) {
			t.Errorf("%s does not mean %s", p, name)
		}
	}
}

func BenchmarkCheckEnvName(b *testing.B) {
	names := settings(b)
	for i := 0; b.Loop(); i++ {
		_ = checkEnvName(names[i%len(names)], nil, false)
	}
}
