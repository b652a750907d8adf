//go:build interop

package interop

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// ciKeys is a policy for a person with sops, and what a job is told to open the
// same files.
type ciKeys struct {
	name   string
	policy string
	person []string // further variables for sops
	job    []string // further variables of the job
	args   []string // flags of the ci verbs
}

// newCIKeys prepares a world for each kind of key.
func newCIKeys(w *ciWorld, v *vault, g *google) []ciKeys {
	w.Helper()
	recipient := keyText(w.T, "age.txt", "# public key: ")
	w.secrets.Put("eu-west-1", "111122223333", "ci/age", readFile(w.T, filepath.Join(testdata, "keys", "age.txt")))
	rule := func(lines ...string) string {
		return "creation_rules:\n  - " + strings.Join(lines, "\n    ") + "\n"
	}
	withAge := []string{"--role-to-assume", ciRole, "--key", "ref+awssecrets://ci/age"}
	withVault := []string{"--vault-addr", v.URL, "--vault-role", vaultRole}
	withGoogle := []string{"--workload-identity-provider", googleProvider}
	googlePerson := []string{"GOOGLE_OAUTH_ACCESS_TOKEN=" + g.kms.Token, "SOPS_GCP_KMS_CLIENT_TYPE=rest", "SOPS_GCP_KMS_ENDPOINT=" + g.kms.URL}
	vaultURI := v.URL + "/v1/" + vaultKey
	return []ciKeys{
		{"kms", rule("kms: " + ciKey), nil, nil, []string{"--role-to-assume", ciRole}},
		{"kms-context", rule("key_groups:", "  - kms:", "      - arn: "+ciKey, "        context:", "          app: interop"), nil, nil, []string{"--role-to-assume", ciRole}},
		{"age", rule("age: " + recipient), nil, nil, withAge},
		{"kms beside somebody's age", rule("kms: "+ciKey, "age: "+keyText(w.T, "age-2.txt", "# public key: ")), nil, nil, withAge},
		{"kms of two partitions", rule("kms: " + ciGovKey + "," + ciKey), nil, nil, []string{"--role-to-assume", ciRole}},
		{"gcp", rule("gcp_kms: " + googleKey), googlePerson, g.env, withGoogle},
		{"vault", rule("hc_vault_transit_uri: " + vaultURI), []string{"VAULT_TOKEN=" + v.root}, nil, withVault},
		{"shamir", rule("shamir_threshold: 2", "key_groups:", "  - kms: [{arn: "+ciKey+"}]", "  - age: ["+recipient+"]"), nil, nil, withAge},
		{"shamir of three clouds", rule("shamir_threshold: 3", "key_groups:", "  - kms: [{arn: "+ciKey+"}]", "  - hc_vault: ["+vaultURI+"]", "  - gcp_kms: [{resource_id: "+googleKey+"}]"),
			append(googlePerson, "VAULT_TOKEN="+v.root), g.env, append(append(withVault, withGoogle...), "--role-to-assume", ciRole)},
	}
}

// What the released sops seals, a job opens: byte for byte as sops opens it with
// a person's credentials, into files and for a command. A session that was not for
// the file's keys would not do.
func TestCIOpensWhatSopsSeals(t *testing.T) {
	w := newCIWorld(t)
	v, g := newVault(w), newGoogle(w)
	for _, keys := range newCIKeys(w, v, g) {
		t.Run(keys.name, func(t *testing.T) {
			w.T, w.more = t, keys.job
			w.dir = t.TempDir()
			defer w.lookThrough(w.dir)
			w.put(".sops.yaml", keys.policy)
			args := []string{"decrypt", "--out-dir", "out"}
			want := map[string]string{}
			for _, kind := range fileKinds {
				w.put(kind.name, readFile(t, filepath.Join(testdata, kind.source)))
				w.person(keys.person, "encrypt", "-i", kind.name)
				want[kind.name] = w.person(keys.person, "decrypt", kind.name)
				args = append(args, kind.name)
			}
			w.ci(0, cloudtest.GitHubJob{}, append(args, keys.args...)...)
			for name, plain := range want {
				if got := readFile(t, filepath.Join(w.dir, "out", name)); got != plain {
					t.Errorf("%s: ci decrypt gives other bytes than sops", name)
				}
				run := append([]string{"run", "--as", "files", "--file", name}, keys.args...)
				if got := w.ci(0, cloudtest.GitHubJob{}, append(run, "--", "cat", "{}")...); got.stdout != plain {
					t.Errorf("%s: ci run gives other bytes than sops", name)
				}
			}
		})
	}
	w.T, w.dir = t, t.TempDir()
	v.mustBeRevoked(w)
}

// The variables of ci run are those of sops exec-env.
func TestCIRunIsExecEnv(t *testing.T) {
	w := newCIWorld(t)
	for name, content := range map[string]string{
		"flat.env":  "PLAIN=value\nEMPTY=\nSPACES=  two words \nQUOTED=\"q\"\nDOLLAR=$HOME ${X} `y`\nPERCENT=100%25\nUNICODE=grüße 🦊\nLINES=one\\ntwo\nEQUAL=a=b=c\nCOLONS=::add-mask::x\n",
		"flat.json": "{\n\t\"STRING\": \"a\\nb\\r\\nc\",\n\t\"INT\": 42,\n\t\"BIG\": 12345678901234567890,\n\t\"NEGATIVE\": -7,\n\t\"FLOAT\": 1.5,\n\t\"SMALL\": 1e-7,\n\t\"LARGE\": 1e21,\n\t\"TRUE\": true,\n\t\"FALSE\": false,\n\t\"EMPTY\": \"\",\n\t\"UNICODE\": \"\\u2028\\ud83e\\udd8a\"\n}\n",
		"flat.yaml": "# a comment\nSTRING: value\nINT: 42\nOCTAL: 0o17\nHEX: 0x1F\nFLOAT: 1.50\nEXPONENT: 6.02e23\nBOOL: true\nYES: yes\nDATE: 2001-02-03\nTEXT: |\n    one\n    two\nFOLDED: >-\n    one\n    two\nQUOTES: \"it's \\\"so\\\"\"\nEMPTY: \"\"\nTAB: \"a\\tb\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			w.put(name, content)
			w.person(nil, "encrypt", "-i", "--kms", ciKey, name)
			want := variables(w.person(nil, "exec-env", name, "env -0"))
			got := variables(w.ci(0, cloudtest.GitHubJob{}, "run", "--role-to-assume", ciRole, "--kms", ciKey, "--file", name, "--", "env", "-0").stdout)
			base, compared := variables(strings.Join(w.base(), "\x00")), 0
			for name, value := range want {
				if _, inherited := base[name]; inherited || strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "SOPS_") || name == "_" || name == "PWD" || name == "SHLVL" || name == "OLDPWD" {
					continue
				}
				compared++
				if got[name] != value {
					t.Errorf("%s is %q, and %q with sops", name, got[name], value)
				}
			}
			if compared < 10 {
				t.Errorf("only %d variables were compared", compared)
			}
		})
	}
	w.T = t
}

// variables reads what env -0 prints.
func variables(text string) map[string]string {
	all := map[string]string{}
	for _, entry := range strings.Split(text, "\x00") {
		if name, value, ok := strings.Cut(entry, "="); ok {
			all[name] = value
		}
	}
	return all
}
