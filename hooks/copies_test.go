package hooks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sealedPolicy governs no copy: only names that end in .enc and a format.
const sealedPolicy = "creation_rules:\n  - path_regex: \\.enc(\\.[a-z]+)?$\n    age: " + recipient + "\n"

const appYAML = `user: admin
password: ` + canary + `
db:
    host: db.internal
    port: 5432
    tls: true
    token: Zk3vQx81LmNc
list:
    - one-9f
    - two-7a
`

const appJSON = `{"user": "admin", "password": "` + canary + `", "db": {"host": "db.internal", "port": 5432, "tls": true, "token": "Zk3vQx81LmNc"}, "list": ["one-9f", "two-7a"]}`

// vimSwap lays a text out as vim's swap files do: blocks of 4 KB, the lines of one from its end, each with a NUL.
func vimSwap(text string) string {
	head := "b0VIM 9.0" + strings.Repeat("\x00", 4096-9) + "tp\x01" + strings.Repeat("\x00", 4093)
	block := ""
	for line := range strings.Lines(text) {
		block = strings.TrimSuffix(line, "\n") + "\x00" + block
	}
	return head + "ad" + strings.Repeat("\x00", 4094-len(block)) + block
}

// A file in the clear that holds what a sealed file beside it hides is told by names and lengths, whatever its name and
// format. What is ordinary beside a sealed file is not a copy.
func TestCopiesBesideSealedFiles(t *testing.T) {
	sealedAs := map[string]string{}
	for name, plain := range map[string]string{
		"prod.enc.yaml": appYAML, "prod.enc.json": appJSON, "prod.enc.env": "DB_PASSWORD=" + canary + "\nDB_USER=admin\nAPI_TOKEN=Zk3vQx81LmNc\n",
		"prod.enc.ini": "[db]\npassword = " + canary + "\nuser = admin\n", "id_rsa.enc": "no key but as long as one\n" + canary,
		"tls.enc.yaml":    "tls:\n    key: |\n        BEGIN\n        MIIBzz901\n\n        END\n",
		"values.enc.yaml": "image:\n    tag: v1.2.3\ningress:\n    host: app.acme.com\n    enabled: true\nreplicas: 3\nlogLevel: info\npostgresql:\n    password: " + canary + "\n",
	} {
		sealedAs[name] = seal(t, sealedPolicy, name, plain)
	}
	indented := "wrapper:\n    " + strings.ReplaceAll(strings.TrimSuffix(appYAML, "\n"), "\n", "\n    ") + "\n"
	embedded := "kind: ConfigMap\ndata:\n    app.yaml: |\n        " + strings.ReplaceAll(strings.TrimSuffix(appYAML, "\n"), "\n", "\n        ") + "\n"
	for _, c := range []struct {
		name, sealed, path, text, want string
	}{
		{"decrypted", "prod.enc.yaml", "prod.dec.yaml", appYAML, "copy"},
		{"of the plain name", "prod.enc.yaml", "prod.yaml", appYAML, "copy"},
		{"of another name", "prod.enc.yaml", "dump.txt", appYAML, "copy"},
		{"backup", "prod.enc.yaml", "prod.enc.yaml.orig", appYAML, "copy"},
		{"backup of an editor", "prod.enc.yaml", "prod.enc.yaml~", appYAML, "copy"},
		{"swap file of vim", "prod.enc.yaml", ".prod.enc.yaml.swp", vimSwap(appYAML), "copy"},
		{"our own temporary file", "prod.enc.yaml", ".prod.enc.yaml.0123456789abcdef.tmp", appYAML, "copy"},
		{"JSON", "prod.enc.yaml", "prod.json", appJSON, "copy"},
		{"YAML of JSON", "prod.enc.json", "prod.yml", appYAML, "copy"},
		{"indented", "prod.enc.yaml", "prod.yaml", indented, "copy"},
		{"within a text", "prod.enc.yaml", "app.yaml", embedded, "copy"},
		{"in a document", "prod.enc.yaml", "NOTES.md", "# Notes\n\nOnce it was\n\n" + appYAML + "\nand it worked.\n", "copy"},
		{"a key in a document", "tls.enc.yaml", "NOTES.md", "# The key\n\nuntil it was replaced: see below\n\n  tls:\n    key: |\n      BEGIN\n      MIIBzz901\n\n      END\n\nand so on.\n", "copy"},
		{"with a value more, and one changed", "prod.enc.yaml", "prod.yaml", strings.Replace(appYAML, "one-9f", "eleven", 1) + "more: x\n", "copy"},
		{"other order", "prod.enc.yaml", "prod.yaml", "list: [one-9f, two-7a]\ndb: {token: Zk3vQx81LmNc, tls: true, port: 5432, host: db.internal}\npassword: " + canary + "\nuser: admin\n", "copy"},
		{"dotenv", "prod.enc.env", "prod.env", "DB_PASSWORD=" + canary + "\nDB_USER=admin\nAPI_TOKEN=Zk3vQx81LmNc\n", "copy"},
		{"exported", "prod.enc.env", "prod.sh", "export DB_PASSWORD='" + canary + "'\nexport DB_USER=admin\nexport API_TOKEN=\"Zk3vQx81LmNc\"\n", "copy"},
		{"properties of INI", "prod.enc.ini", "prod.properties", "db.password=" + canary + "\ndb.user=admin\n", "copy"},
		{"YAML of dotenv", "prod.enc.env", "prod.yaml", "db:\n  password: " + canary + "\n  user: admin\napi:\n  token: Zk3vQx81LmNc\n", "copy"},
		{"a Dockerfile", "prod.enc.env", "prod.Dockerfile", "FROM base\nENV DB_PASSWORD=" + canary + "\nENV DB_USER=\"admin\" \nENV API_TOKEN=Zk3vQx81LmNc\n", "copy"},
		{"a unit of systemd", "prod.enc.env", "prod.service", "[Service]\nEnvironment=\"DB_PASSWORD=" + canary + "\"\nEnvironment=DB_USER=admin\nEnvironment=\"API_TOKEN=Zk3vQx81LmNc\"\n", "copy"},
		{"a list of name and value", "prod.enc.env", "prod.deployment.yaml", "env:\n    - name: DB_PASSWORD\n      value: " + canary + "\n    - name: DB_USER\n      value: admin\n    - name: API_TOKEN\n      value: \"Zk3vQx81LmNc\"\n", "copy"},
		{"name and value in JSON", "prod.enc.env", "prod.task.json", "{\"environment\": [\n  {\n    \"name\": \"DB_PASSWORD\",\n    \"value\": \"" + canary + "\"\n  },\n  {\n    \"name\": \"DB_USER\",\n    \"value\": \"admin\"\n  },\n  {\n    \"name\": \"API_TOKEN\",\n    \"value\": \"Zk3vQx81LmNc\"\n  }\n]}\n", "copy"},
		{"a batch file", "prod.enc.env", "prod.bat", "@echo off\r\nset DB_PASSWORD=" + canary + "\r\nset DB_USER=admin\r\nset API_TOKEN=Zk3vQx81LmNc\r\n", "copy"},
		{"PowerShell", "prod.enc.env", "prod.ps1", "$env:DB_PASSWORD = \"" + canary + "\"\n$env:DB_USER = 'admin'\n$env:API_TOKEN = \"Zk3vQx81LmNc\"\n", "copy"},
		{"code", "prod.enc.env", "prod.ts", "const dbPassword = '" + canary + "';\nconst dbUser = 'admin';\nexport const apiToken = 'Zk3vQx81LmNc';\n", "copy"},
		{"code in one line", "prod.enc.env", "prod.py", "settings = {'db_password': '" + canary + "', 'db_user': 'admin', 'api_token': 'Zk3vQx81LmNc'}\n", "copy"},
		{"arguments", "prod.enc.env", "prod.sh", "kubectl create secret generic db \\\n  --from-literal=db-password='" + canary + "' \\\n  --from-literal=db-user=admin \\\n  --from-literal=api-token=Zk3vQx81LmNc\n", "copy"},
		{"XML", "prod.enc.env", "prod.xml", "<db>\n  <dbPassword>" + canary + "</dbPassword>\n  <dbUser>admin</dbUser>\n  <apiToken>Zk3vQx81LmNc</apiToken>\n</db>\n", "copy"},
		{"a table", "prod.enc.env", "NOTES.md", "| what | value |\n|---|---|\n| DB_PASSWORD | " + canary + " |\n| DB_USER | admin |\n| API_TOKEN | Zk3vQx81LmNc |\n", "copy"},
		{"a table with commas", "prod.enc.env", "prod.csv", "DB_PASSWORD," + canary + "\nDB_USER,admin\nAPI_TOKEN,Zk3vQx81LmNc\n", "copy"},
		{"words", "prod.enc.env", "prod.conf", "db_password " + canary + "\ndb_user admin\napi_token Zk3vQx81LmNc\n", "copy"},
		{"binary", "id_rsa.enc", "id_rsa", "no key but as long as one\n" + canary, "copy"},

		{"binary of another length", "id_rsa.enc", "id_rsa", "no key but as long\n" + canary, ""},
		{"an example", "prod.enc.yaml", "prod.example.yaml", "user: user1\npassword: changeme-please\ndb:\n    host: <host>\n    port: 5432\n    tls: true\n    token: your-token-1\nlist: []\n", ""},
		{"an example of the same lengths", "prod.enc.yaml", "prod.example.yaml", "user: admin\npassword: changeme-chang\ndb:\n    host: example.com\n    port: 5432\n    tls: true\n    token: xxxxxxxxxxxx\n", ""},
		{"default values", "values.enc.yaml", "values.yaml", "image:\n    tag: v1.2.2\ningress:\n    host: dev.acme.com\n    enabled: true\nreplicas: 1\nlogLevel: warn\npostgresql:\n    password: ''\n", ""},
		{"default values with a password of their own", "values.enc.yaml", "values.yaml", "image:\n    tag: v1.2.2\ningress:\n    host: dev.acme.com\n    enabled: true\nreplicas: 1\nlogLevel: warn\npostgresql:\n    password: local-only\n", ""},
		{"references", "prod.enc.yaml", "prod.yaml", "user: admin\npassword: ${PASSWORD_AB}\ndb: {token: '{{ .token }}'}\n", ""},
		{"too little", "prod.enc.ini", "x.ini", "[db]\nuser = admin\n", ""},
		{"the keys alone", "prod.enc.yaml", "schema.json", `{"user": {"type": "string"}, "password": {"type": "string"}, "db": {"host": 1, "port": 2, "token": null}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.Commit(".sops.yaml", sealedPolicy, "app/"+c.sealed, sealedAs[c.sealed])
			r.Add("app/"+c.path, c.text)
			if got := withoutLeaks(r.codes()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			r.Commit()
			r.Git("rm", "-q", "app/"+c.sealed) // beside nothing
			r.Add("app/"+c.path, c.text+" ")
			if got := r.codes(); strings.Contains(got, "copy") {
				t.Errorf("alone: got %q", got)
			}
		})
	}
}

// withoutLeaks leaves out what the search finds on its own.
func withoutLeaks(codes string) string {
	var kept []string
	for _, c := range strings.Fields(codes) {
		if !strings.HasPrefix(c, LeakCode) {
			kept = append(kept, c)
		}
	}
	return strings.Join(kept, " ")
}

// Of a commit what it brings is judged; of a push what all its commits make together. A sealed file that is not here,
// as in a partial clone, holds up nobody.
func TestCopiesOfCommits(t *testing.T) {
	sealed := seal(t, sealedPolicy, "prod.enc.yaml", appYAML)
	r := newRepo(t)
	first := r.Commit(".sops.yaml", sealedPolicy)
	r.Commit("prod.yaml", appYAML)
	r.Add("prod.enc.yaml", sealed)
	if got := r.codes(); got != "" {
		t.Errorf("the copy is older: got %q", got)
	}
	r.Commit()
	last := r.Commit("prod.json", appJSON)
	update := []RefUpdate{{Ref: "refs/heads/main", New: last, Old: first}}
	report, err := r.open().JudgePush(t.Context(), update, toOrigin())
	if got := withoutLeaks(codesOf(t, report, err)); got != "copy copy" || report.Findings[0].Commit == "" || !strings.HasPrefix(report.Findings[0].Fix, "git rebase -i ") {
		t.Errorf("push: got %q %+v", got, report)
	}
	r.Git("checkout", "-q", "-b", "side", first)
	base := r.Commit("prod.enc.yaml", sealed)
	r.Git("rm", "-q", "prod.enc.yaml")
	r.Commit()
	tip := r.Commit("docs/notes.txt", "once it was\n"+appYAML)
	update = []RefUpdate{{Ref: "refs/heads/side", New: tip, Old: base}}
	report, err = r.open().JudgePush(t.Context(), update, toOrigin())
	if got := withoutLeaks(codesOf(t, report, err)); got != "moved-out" || report.Findings[0].Commit != tip {
		t.Errorf("moved in two commits: got %q %+v", got, report)
	}
	r.Git("checkout", "-q", "main")
	all, err := r.open().JudgeTree(t.Context(), "HEAD", Options{})
	if got := codesOf(t, all, err); got != "copy" || len(all.Findings) != 2 {
		t.Errorf("all: got %q, %d findings", got, len(all.Findings))
	}
	if baseline := string(Baseline(all)); strings.Count(baseline, " copy prod.") != 2 {
		t.Errorf("baseline %s", baseline)
	}
	r.Write("prod.txt", appYAML)
	tree, err := r.open().JudgeWorktree(t.Context(), func(p string) bool { return p == "prod.txt" }, Options{})
	if got := withoutLeaks(codesOf(t, tree, err)); got != "copy" {
		t.Errorf("working tree: got %q", got)
	}
	id := r.Git("rev-parse", "HEAD:prod.enc.yaml")
	if err := os.Remove(filepath.Join(r.Dir, ".git/objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	r.Add("prod.ini", "[a]\nb = some-value-of-this-file\n")
	if got := r.codes(); got != "" {
		t.Errorf("with a sealed file that is not here: got %q", got)
	}
}

// What was encrypted does not come into the clear by going away.
func TestSealedFilesThatGoAway(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", appYAML)
	remove := func(r *testRepo) { r.Git("rm", "-q", "secrets/a.yaml") }
	for _, c := range []struct {
		name string
		make func(r *testRepo)
		want string
	}{
		{"emptied", func(r *testRepo) { r.Add("secrets/a.yaml", "") }, "decrypted"},
		{"blanks alone", func(r *testRepo) { r.Add("secrets/a.yaml", "\n \n") }, "decrypted"},
		{"a link", func(r *testRepo) {
			remove(r)
			r.link("../plain.yaml", "secrets/a.yaml")
		}, "decrypted"},
		{"a submodule", func(r *testRepo) {
			id := r.Git("rev-parse", "HEAD")
			remove(r)
			r.Git("update-index", "--add", "--cacheinfo", "160000,"+id+",secrets/a.yaml")
		}, "decrypted"},
		{"removed", remove, ""},
		{"moved sealed", func(r *testRepo) { r.Git("mv", "secrets/a.yaml", "b.yaml") }, ""},
		{"moved to .bak", func(r *testRepo) {
			remove(r)
			r.Add("b.bak", appYAML)
		}, "moved-out"},
		{"moved to .txt", func(r *testRepo) {
			remove(r)
			r.Add("notes/b.txt", "see\n"+appYAML)
		}, "moved-out"},
		{"moved to a file that is there", func(r *testRepo) {
			remove(r)
			r.Add("there.yaml", "old: 1\n"+appYAML)
		}, "moved-out"},
		{"moved into a map", func(r *testRepo) {
			remove(r)
			r.Add("c.yaml", "a:\n    "+strings.ReplaceAll(appYAML, "\n", "\n    ")+"\n")
		}, "moved-out"},
		{"moved to JSON", func(r *testRepo) {
			remove(r)
			r.Add("c.json", appJSON)
		}, "moved-out"},
		{"emptied and moved", func(r *testRepo) { r.Add("secrets/a.yaml", "", "there.yaml", appYAML) }, "decrypted moved-out"},
		{"removed, an example comes", func(r *testRepo) {
			remove(r)
			r.Add("a.example.yaml", "user: <user>\npassword: changeme\ndb: {host: '', port: 0, tls: false, token: xxxx}\nlist: ['', '']\n")
		}, ""},
		{"removed, references come", func(r *testRepo) {
			remove(r)
			r.Add("vault/a.yaml", "user: !vault secret/a#user\npassword: !vault secret/a#password\ndb: {host: !vault secret/a#host, port: 5432, tls: true, token: !vault a#token}\nlist: []\n")
		}, ""},
		{"moved and edited", func(r *testRepo) {
			remove(r)
			r.Add("b.yaml", "user: root\npassword: "+canary+"\ndb: {host: db.internal, port: 5433, tls: false, token: none}\nlist: [one-9f, two]\n")
		}, "moved-out"},
		{"removed, something else changes", func(r *testRepo) {
			remove(r)
			r.Add("there.yaml", "old: 2\n")
		}, ""},
		{"what was never sealed is emptied", func(r *testRepo) { r.Add("there.yaml", "") }, ""},
		{"what was never sealed becomes a link", func(r *testRepo) {
			r.Git("rm", "-q", "there.yaml")
			r.link("x", "there.yaml")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good, "there.yaml", "old: 1\n")
			c.make(r)
			if got := withoutLeaks(r.codes()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// link stages a symbolic link.
func (r *testRepo) link(to, name string) {
	r.T.Helper()
	path := filepath.Join(r.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.T.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		r.T.Fatal(err)
	}
	r.Git("add", "--", name)
}

// Somebody's list of accepted copies stays valid: a fingerprint does not change with the words of a message.
func TestFingerprintOfCopyStays(t *testing.T) {
	if got, want := copyFingerprint("prod.dec.yaml", "prod.enc.yaml"), "de11da8d4f1d61916862748e760cfbfc"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
