package copies

import (
	"context"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Nobody kept the identity of this recipient.
const rules = "creation_rules:\n  - age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n"

// nobody wraps data keys so that no one can unwrap them.
type nobody struct{}

func (nobody) Wrap(_ context.Context, key policy.Key, _ []byte) (encrypt.Wrapped, error) {
	return encrypt.Wrapped{Key: key, Enc: "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA0ZlljQ2tnV2Q3VzNwWjFyR2tUejlzVmgwYlhxTG1OYThlVW9SakR5NVFzCjRmWWNDa2dXZDdXM3BaMXJHa1R6OXNWaDBiWHFMbU5hOGVVb1JqRHk1UXMKLS0tIDRmWWNDa2dXZDdXM3BaMXJHa1R6OXNWaDBiWHFMbU5hOGVVb1JqRHk1UXMKU29c7jDMH/oJrCACAuMFWBPu3gRwlndZB2nPcJQ9JCraazyjx7m9i1ZTH6oe+DyQSGeXCqmzYKDNoxJgYuWrjA==\n-----END AGE ENCRYPTED FILE-----\n"}, nil
}

func (nobody) Unwrap(context.Context, encrypt.Wrapped) ([]byte, error) {
	return nil, encrypt.ErrOtherKey
}

// shapeOf seals a text and takes its shape.
func shapeOf(t *testing.T, name, plain string) *Shape {
	t.Helper()
	p, err := policy.Parse(policy.FileName, []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := encrypt.Seal(t.Context(), p.Rule(name), encrypt.FileAt(name), []byte(plain), encrypt.SealOptions{}, nobody{})
	if err != nil {
		t.Fatal(err)
	}
	return ShapeOf(name, sealed.Bytes)
}

const plainYAML = `user: admin
password: hunter2-canary
db:
    host: db.internal
    port: 5432
    token: Zk3vQx81LmNc
`

// A plaintext is told from another by names and lengths, in whatever form it is written.
func TestCopies(t *testing.T) {
	s := shapeOf(t, "prod.enc.yaml", plainYAML)
	indented := "    " + strings.ReplaceAll(strings.TrimSuffix(plainYAML, "\n"), "\n", "\n    ") + "\n"
	for _, c := range []struct {
		name, path, text string
		copies, holds    bool
	}{
		{"the file itself", "prod.yaml", plainYAML, true, true},
		{"under another name", "dump.txt", plainYAML, true, true},
		{"below a key", "x.yaml", "wrapper:\n" + indented, true, true},
		{"in a block", "x.yaml", "data:\n  file: |\n" + indented, true, true},
		{"as JSON", "x.json", `{"user": "admin", "password": "hunter2-canary", "db": {"host": "db.internal", "port": 5432, "token": "Zk3vQx81LmNc"}}`, true, true},
		{"as variables", "x.env", "USER=admin\nPASSWORD=hunter2-canary\nHOST=db.internal\nPORT=5432\nTOKEN=Zk3vQx81LmNc\n", true, true},
		{"as exports", "x.sh", "export USER='admin'\nexport PASSWORD=\"hunter2-canary\"\nHOST=db.internal \\\nPORT=5432\nTOKEN='Zk3vQx81LmNc';\n", true, true},
		{"in one line", "x.py", "{'user': 'admin', 'password': 'hunter2-canary', 'host': 'db.internal', 'port': 5432, 'token': 'Zk3vQx81LmNc'}\n", true, true},
		{"as a table", "x.md", "| user | admin |\n| password | hunter2-canary |\n| host | db.internal |\n| port | 5432 |\n| token | Zk3vQx81LmNc |\n", true, true},
		{"as XML", "x.xml", "<user>admin</user>\n<password>hunter2-canary</password>\n<host>db.internal</host>\n<port>5432</port>\n<token>Zk3vQx81LmNc</token>\n", true, true},
		{"a list of names and values", "x.yaml", "- name: user\n  value: admin\n- name: password\n  value: hunter2-canary\n- name: host\n  value: db.internal\n- name: port\n  value: '5432'\n- name: token\n  value: Zk3vQx81LmNc\n", true, true},
		{"one value in five differs, and the name is the same", "prod.dec.yaml", strings.Replace(plainYAML, "db.internal", "db2.internal", 1), true, true},
		{"a secret differs, under another name", "x.yaml", strings.Replace(plainYAML, "hunter2-canary", "another", 1), false, true},
		{"an example", "x.yaml", "user: <user>\npassword: changeme\ndb: {host: '', port: 0, token: xxxx}\n", false, false},
		{"other names", "x.yaml", strings.NewReplacer("user", "a", "password", "b", "db", "c", "host", "d", "port", "e", "token", "f").Replace(plainYAML), false, false},
		{"prose", "README.md", "The user has a password, a host, a port and a token in the db.\n", false, false},
		{"nothing", "x.yaml", "", false, false},
	} {
		p := &Plaintext{Path: c.path, Src: []byte(c.text)}
		if got := p.Copies(s); got != c.copies {
			t.Errorf("%s: copies %t, want %t", c.name, got, c.copies)
		}
		if got := p.Holds(s, true); got != c.holds {
			t.Errorf("%s: holds %t, want %t", c.name, got, c.holds)
		}
	}
}

// Of a file without names only the length is known, so that its name has to be the same.
func TestCopiesOfBinaryFiles(t *testing.T) {
	const key = "no key, but as long as one is"
	s := shapeOf(t, "id_rsa.enc", key)
	for _, c := range []struct {
		path, text string
		want       bool
	}{
		{"id_rsa", key, true},
		{"id_rsa.bak", strings.Repeat("x", len(key)), true},
		{"other", key, false},
		{"id_rsa", key + "x", false},
	} {
		if got := (&Plaintext{Path: c.path, Src: []byte(c.text)}).Copies(s); got != c.want {
			t.Errorf("%s: got %t, want %t", c.path, got, c.want)
		}
	}
	if s := shapeOf(t, "short.enc", "short"); (&Plaintext{Path: "short", Src: []byte("short")}).Copies(s) {
		t.Error("a few bytes make a copy")
	}
}

func TestShapeOfWhatIsNotSealed(t *testing.T) {
	for _, text := range []string{"", plainYAML, "a: ENC[AES256_GCM,data:AAAA\n", "ENC[AES256_GCM, in prose"} {
		if s := ShapeOf("a.yaml", []byte(text)); s != nil {
			t.Errorf("%q has the shape %+v", text, s)
		}
	}
}

// What a file is called in its other states, and whether it may be sealed at all.
func TestNames(t *testing.T) {
	for _, name := range []string{"prod.enc.yaml", "prod.dec.yaml", "prod.json", "prod.yaml.orig", ".prod.yaml.swp", "PROD.yaml~", "prod (1).yaml",
		".prod.yaml.0a1b2c3d4e5f6789.tmp", "d/prod.sops.env"} {
		if got := CoreName(name); got != "prod" {
			t.Errorf("%s: core name %q", name, got)
		}
		if got := FirstWord(name); got != "prod" {
			t.Errorf("%s: first word %q", name, got)
		}
	}
	if got := CoreName("prod.db.yaml"); got != "prod.db" {
		t.Errorf("core name %q", got)
	}
	for name, want := range map[string][2]bool{"a.yaml": {true, false}, "a.ini": {true, false}, "a.txt": {false, false}, "a.enc": {true, true}, "a.sops.json": {true, true}, "encode.go": {false, false}} {
		if got := [2]bool{MaySeal(name), SaysSealed(name)}; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
