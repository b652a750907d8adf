package scan

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every expression compiles, and the tables say what the engine relies on.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range append(slices.Clone(gitleaksRules), ownRules...) {
		if seen[r.id] {
			t.Errorf("%s: twice", r.id)
		}
		seen[r.id] = true
		for _, e := range []string{r.expr, r.path} {
			if _, err := regexp.Compile(e); err != nil {
				t.Errorf("%s: %v", r.id, err)
			}
		}
		for _, w := range r.words {
			if w == "" || w != strings.ToLower(w) {
				t.Errorf("%s: word %q", r.id, w)
			}
		}
		if r.kind == anchored && !strings.HasPrefix(r.expr, `\A`) {
			t.Errorf("%s: not anchored", r.id)
		}
		if r.kind == whole && r.path == "" {
			t.Errorf("%s: would look at the whole of every file", r.id)
		}
	}
	if !slices.IsSorted(stopwords[:]) {
		t.Error("the stop words are not sorted")
	}
}

// check holds what is found in text to a list of "rule credential".
func check(t *testing.T, name, text string, want ...string) {
	t.Helper()
	r := New(Options{}).Scan(name, []byte(text))
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Rule+" "+text[f.Offset:f.Offset+f.Length])
		if f.Decoded != "" {
			got[len(got)-1] = f.Rule + " (" + f.Decoded + ") " + text[f.Offset:f.Offset+f.Length]
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\ngot  %q\nwant %q", name, text, got, want)
	}
}

func TestOwnRules(t *testing.T) {
	f := newFaker(1)
	pw, token, gh := f.password(), f.token(43), f.github()
	jwt := "ey" + "J" + f.token(30) + ".ey" + "J" + f.token(60) + "." + token
	ageKey := "AGE-SECRET-" + "KEY-1" + f.of(bech32, 58)
	pq := "AGE-SECRET-" + "KEY-PQ-1" + f.of(bech32, 58)
	plugin := "AGE-PLUG" + "IN-YUBIKEY-1" + f.of(bech32, 40)
	vault := "hv" + "r." + f.token(30)
	pem := f.pem("RSA PRIV"+"ATE KEY", 4)
	body := strings.Split(pem, "\n")[1]
	auth := base64.StdEncoding.EncodeToString([]byte("robot:" + pw))
	for _, c := range []struct{ name, text, rule, secret string }{
		{"keys.txt", "# public key: age1" + strings.ToLower(f.of(bech32, 58)) + "\n" + ageKey + "\n", "age-secret-key", ageKey},
		{"keys.txt", strings.ToLower(ageKey), "age-identity", strings.ToLower(ageKey)},
		{"keys.txt", pq + "\n", "age-identity-pq", pq},
		{"keys.txt", "x " + plugin, "age-plugin-identity", plugin},
		{"a.txt", "token " + vault + ", and so on", "vault-token", vault},
		{"a.txt", "curl (" + jwt + ")", "jwt-token", jwt},
		{"a.txt", "see " + jwt + "\n", "jwt", jwt},
		{".env", "DATABASE_URL=postgres://app:" + pw + "@db:5432/x", "url-credential", pw},
		{"a.go", `"redis://:` + pw + `@cache:6379/0"`, "url-credential", pw},
		{".git-credentials", "https://me:" + gh + "@github.com\n", "github-pat", gh},
		{".git-credentials", "https://me:" + pw + "@git.internal\n", "url-credential", pw},
		{"a.yaml", "db:\n  password: |\n    " + pw + "\n", "named-value", pw},
		{"a.yaml", "db:\n  admin_password: >-\n\n    " + pw + "\n", "named-value", pw},
		{"a.yaml", "db:\n  password: Somm3r!" + pw[:4] + " # of the db\n", "config-password", "Somm3r!" + pw[:4]},
		{"a.json", "{\"adminPassword\" : \"Somm3r!" + pw[:4] + "\"}", "config-password", "Somm3r!" + pw[:4]},
		{"app.properties", "spring.datasource.password=Somm3r!" + pw[:4] + "\r\n", "config-password", "Somm3r!" + pw[:4]},
		{"s.yaml", "kind: Secret\ndata:\n{{- if .x }}\n  a: aGVsbG8=\n{{- end }}\n", "kubernetes-secret", "aGVsbG8="},
		{"a.xml", "<server><password>" + pw + "</password></server>", "named-value", pw},
		{"a.xml", "<ns:adminPassword>\n " + pw + "\n</ns:adminPassword>", "named-value", pw},
		{"id_rsa", pem, "private-key", strings.TrimSuffix(pem, "\n")},
		{"id_rsa", pem[:len(pem)-40], "private-key-part", body},
		{"id_rsa", strings.ReplaceAll(pem[:len(pem)-40], "\n", `\n`), "private-key-part", body},
		{"docker.json", `{"auths": {"r": {"auth": "` + auth + `"}}}`, "docker-auth", auth},
		{".npmrc", "//r/:_authToken=" + pw + "\n", "npm-auth", pw},
		{".netrc", "machine a.b login me password " + pw + "\n", "netrc-password", pw},
		{".netrc", "machine a.b\n  login me\n  password " + pw + "\n", "netrc-password", pw},
		{".pypirc", "[pypi]\nusername = me\npassword = " + pw + "\n", "pypirc-password", pw},
		{".pgpass", "host:5432:db:me:" + pw + "\n", "pgpass-password", pw},
		{"prod.env", "PORT=8080\nexport SMTP_PASSWORD='" + pw + "' # x\n", "dotenv-secret", pw},
		{".env.local", "GPG_PASSPHRASE=\"correct horse battery staple nine\"\n", "dotenv-secret", "correct horse battery staple nine"},
		{".env", "DB_PASS=tr0ub\nDB_PASSWORD2=abc", "dotenv-secret", "tr0ub"},
		{"s.yaml", "kind: Secret\nstringData:\n  a: hello\n", "kubernetes-secret", "hello"},
		{"s.yaml", "items:\n- data:\n    a: aGVsbG8=\n  kind: Secret\n", "kubernetes-secret", "aGVsbG8="},
		{"s.yaml", "kind: Secret\ndata:\n  a: |\n    aGVsbG8=\n", "kubernetes-secret", "aGVsbG8="},
		{"s.yaml", "kind: Secret\r\nstringData:\r\n  a: 'b'\r\n  \"c\": d", "kubernetes-secret", "b"},
		{"s.json", `{"kind": "Secret", "data": {"a": "` + auth + `"}}`, "kubernetes-secret-json", auth},
		{"s.json", `{"stringData": {"a": "` + "my " + pw + `"}, "kind":"Secret"}`, "kubernetes-secret-json", "my " + pw},
		{"k.p12", "", "pkcs12-file", ""},
	} {
		r := New(Options{}).Scan(c.name, []byte(c.text))
		ok := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == c.rule && c.text[f.Offset:f.Offset+f.Length] == c.secret })
		if !ok {
			t.Errorf("%s: no %s in\n%s\ngot %+v", c.name, c.rule, c.text, r.Findings)
		}
		off := New(Options{RulesOff: []string{c.rule}}).Scan(c.name, []byte(c.text))
		if slices.ContainsFunc(off.Findings, func(f Finding) bool { return f.Rule == c.rule }) {
			t.Errorf("%s: found although it is off", c.rule)
		}
	}
}

// What may be in a repository, and what only looks like a credential.
func TestNoFinding(t *testing.T) {
	f := newFaker(2)
	recipient := "age1" + strings.ToLower(f.of(bech32, 58))
	sealed := "Ag" + f.token(698)
	for name, text := range map[string]string{
		"sops.yaml":     fmt.Sprintf("password: %s\ntoken: %s\nkind: Secret\ndata:\n  x: %s\nstringData: {a: %s}\n", f.sops(20), f.sops(400), f.sops(9), f.sops(9)),
		"inline.yaml":   fmt.Sprintf("kind: Secret\ndata:\n  x: %s #%s\nstringData:\n  y: %s # of the test system\n", f.sops(9), f.sops(4), f.sops(9)),
		"sops.json":     fmt.Sprintf(`{"password": "%s", "kind": "Secret", "data": {"a": "%s"}}`, f.sops(20), f.sops(20)),
		".env":          "PASSWORD=" + f.sops(12) + "\nsops_age__list_0__map_recipient=" + recipient + "\nDB_PASSWORD=${DB_PASSWORD}\nTOKEN=\nAPI_KEY=changeme\nTOKEN_URL=https://a/b\nPUBLIC_KEY=" + f.token(40)[:8] + "\n",
		"dev.env":       "PASSWORD_RESET_TIMEOUT=3600\nPASSWORD_HASHER=argon2\nPWD=/home/me/x\nPASSWORD_MIN_LENGTH=12\nSMTP_PASSWORD=secret\nAUTH_MODE=basic\nSECRET_NAME=prod/db\nTOKEN_TTL=3600s\nCACHE_KEY=user:profile\n",
		"file.age":      armored("AGE ENCRYPTED FILE", f.age()),
		"age.yaml":      "  token: |\n    " + strings.ReplaceAll(armored("AGE ENCRYPTED FILE", f.age()), "\n", "\n    ") + "\n",
		"age.json":      `{"token": "` + strings.ReplaceAll(armored("AGE ENCRYPTED FILE", f.age()), "\n", `\n`) + `"}`,
		"age.diff":      "+token: |\n+" + strings.ReplaceAll(armored("AGE ENCRYPTED FILE", f.age()), "\n", "\n+") + "\n",
		"eyaml.yaml":    "password: ENC[PKCS7,MII" + f.base64(300) + "]\n",
		"msg.asc":       strings.NewReplacer("MESSAGE-----\n", "MESSAGE-----\nVersion: GnuPG v2\n\n", "-----END", "="+f.token(4)+"\n-----END").Replace(armored("PGP MESSAGE", f.pgp())),
		"cert.pem":      armored("CERTIFICATE", f.der()),
		"sealed.yaml":   "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    password: " + sealed + "\n    token: " + sealed + "\n",
		"external.yaml": "kind: ExternalSecret\nspec:\n  data:\n  - secretKey: password\n    remoteRef:\n      key: db/password\n",
		"helm.yaml":     "kind: Secret\ndata:\n  password: {{ .Values.password | b64enc }}\n  empty: \"\"\nstringData:\n  a: ${PASSWORD}\n",
		".sops.yaml":    "creation_rules:\n  - age: " + recipient + "\n    kms: arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012\n    key: " + recipient + "\n",
		"go.sum":        "google.golang.org/api v0.74.0 h1:" + f.token(43) + "=\ngithub.com/nats-io/nkeys v0.4.11-pre.1+x h1:" + f.token(43) + "=\r\nmodernc.org/token v1.1.0/go.mod h1:" + f.token(43) + "=",
		"keys.pub":      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + f.token(43) + " me@host\n",
		"doc.md":        "postgres://user:password@localhost/db https://${USER}:${PASS}@host <password>your-password</password>\npostgres://u:<password>@h redis://app:app@h http://a:b@c ssh://git@github.com/x https://host:8080/@scope/pkg\n",
		"a.yaml":        "password: |\n  ${PASSWORD}\nsecret: |\n  a text with words\ntoken: |-\n  {{ token }}\npasswordFile: |\n  abc\n",
		"a.go":          "password := os.Getenv(\"PASSWORD\")\ntoken, err := readToken(path)\n",
		"values.yaml":   "password: \"\"\npassword:\npassword: ${DB_PASSWORD}\npassword: !vault x\npassword: *ref\npasswordSecretRef: my-secret-1\npassword: $2a$10$abcdefghijklmnopqrstuv\nrootPassword: changeme1\npassword: db-password\npassword: Enter your password!\n",
		"de.json":       `{"password": "Passwort", "password2": "Passwort wiederholen!", "passwordHint": "8 Zeichen!"}`,
		".npmrc":        "//registry/:_authToken=${NPM_TOKEN}\n",
		"config.json":   `{"auth": "basic", "auths": {}}`,
	} {
		check(t, name, text)
	}
}

// Text around a credential must not hide it in ciphertext.
func TestNotHidden(t *testing.T) {
	f := newFaker(3)
	gh := f.github()
	for _, text := range []string{
		"ENC[AES256_GCM,data:" + gh + "]",
		"ENC[AES256_GCM,data:x " + gh + ",iv:a,tag:a,type:str]",
		"-----BEGIN PGP MESSAGE-----\n" + gh + "\n-----END PGP MESSAGE-----\n",
		"-----BEGIN CERTIFICATE-----\nx: " + gh + "\n-----END CERTIFICATE-----\n",
		"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n" + gh,
		"a.b/" + gh + " v1.0.0 h1:" + f.token(43) + "=\n",
		"a.b/c v1.0.0 h1:" + gh + "xxx=\n",
		"ENC[AES256_GCM,data:" + gh[4:] + ",iv:AAAA,tag:AAAA,type:str] " + gh,
		strings.Replace(armored("PGP MESSAGE", f.pgp()), "MESSAGE-----\n", "MESSAGE-----\nComment: "+gh+"\n\n", 1),
		strings.Replace(armored("CERTIFICATE", f.der()), "CERTIFICATE-----\n", "CERTIFICATE-----\nComment: "+gh+"\n\n", 1),
	} {
		check(t, "a.txt", text, "github-pat "+gh)
	}
}

// What only looks encrypted is searched as any other text.
func TestLookAlikes(t *testing.T) {
	f := newFaker(4)
	aws, pw := "AK"+"IA"+f.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), f.password()+f.token(4)
	for _, c := range []struct{ name, text, rule string }{
		{"a.txt", "ENC[AES256_GCM,data:" + aws + ",iv:AAAA,tag:AAAA,type:str]", "aws-access-token"},
		{"a.txt", "ENC[AES256_GCM,data:" + aws + ",iv:" + strings.Repeat("A", 43) + "=,tag:" + strings.Repeat("A", 22) + "==,type:str]", "aws-access-token"},
		{"a.txt", "ENC[AES256_GCM,data:" + aws + ",iv:" + f.base64(32) + ",tag:" + f.base64(16) + ",type:other]", "aws-access-token"},
		{"a.txt", "ENC[AES256_GCM,data:" + aws + ",iv:" + base64.StdEncoding.EncodeToString([]byte(f.token(32))) + ",tag:" + f.base64(16) + ",type:str]", "aws-access-token"},
		{"a.txt", "-----BEGIN CERTIFICATE-----\n" + aws + "\n-----END CERTIFICATE-----\n", "aws-access-token"},
		{"a.txt", "-----BEGIN AGE ENCRYPTED FILE-----\n" + aws + "\n-----END AGE ENCRYPTED FILE-----\n", "aws-access-token"},
		{"a.txt", "-----BEGIN PGP MESSAGE-----\n\n" + aws + "\n=abcd\n-----END PGP MESSAGE-----\n", "aws-access-token"},
		{"a.txt", "-----BEGIN PGP MESSAGE-----\nVersion: " + aws + "\n\n" + f.base64(40) + "\n-----END PGP MESSAGE-----\n", "aws-access-token"},
		{"s.yaml", "kind: Secret\nstringData:\n  a: ENC[" + pw + "]\n", "kubernetes-secret"},
		{"s.yaml", "kind: Secret\nstringData: {a: " + f.sops(9) + ", b: " + pw + "}\n", "kubernetes-secret-yaml"},
		{"s.yaml", "kind: Secret\nstringData:\n  a: " + f.sops(9) + pw + " # x\n", "kubernetes-secret"},
		{"s.yaml", "kind: Secret\nstringData:\n  a: " + f.sops(9) + " " + pw + " # x\n", "kubernetes-secret"},
		{"s.json", `{"kind": "Secret", "stringData": {"a": "ENC[` + pw + `]"}}`, "kubernetes-secret-json"},
		{".env", "DB_PASSWORD=ENC[" + pw + "]\n", "dotenv-secret"},
		{".env", "DB_PASSWORD=age1" + strings.ToLower(pw) + "-b\n", "dotenv-secret"},
		{".env", "DB_PASSWORD=ENC[PKCS7," + pw + "]\n", "dotenv-secret"},
		{"s.yaml", "encryptedData:\n  token: Ag" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(pw, 20)+"x")) + "\n", "generic-api-key"},
	} {
		r := New(Options{}).Scan(c.name, []byte(c.text))
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == c.rule }) {
			t.Errorf("%s: no %s in\n%s\ngot %+v", c.name, c.rule, c.text, r.Findings)
		}
	}
}

func TestRules(t *testing.T) {
	rules := Rules()
	if len(rules) < 240 || rules[0].ID == "" {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		if r.Description == "" || r.ID == "sops-ciphertext" {
			t.Errorf("%+v", r)
		}
	}
}

// Of a short value one ciphertext in some hundred decodes to text by chance. It is
// ciphertext all the same, wherever secrets are looked for by the names before them.
func TestCiphertextIsNoFinding(t *testing.T) {
	f := newFaker(5)
	for n := range 3000 {
		value := f.sops(1 + n%24)
		for name, text := range map[string]string{
			"s.yaml": "kind: Secret\nstringData:\n  password: " + value + "\n",
			"s.json": `{"kind": "Secret", "stringData": {"password": "` + value + `"}}`,
			".env":   "DB_PASSWORD=" + value + "\n",
			"a.ini":  "[db]\npassword = " + value + "\n",
			"b.yaml": "sealed: " + base64.StdEncoding.EncodeToString([]byte("kind: Secret\nstringData:\n  password: "+value+"\n")) + "\n",
		} {
			if r := New(Options{}).Scan(name, []byte(text)); len(r.Findings) > 0 {
				t.Fatalf("%s: %+v in\n%s", name, r.Findings, text)
			}
		}
	}
}
