package policy

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

func keyOf(n cloudtest.KeyName) Key {
	return Key{Type: KeyType(n.Type), ID: n.ID, Role: n.Role, Profile: n.Profile}
}

func TestKeyNames(t *testing.T) {
	for _, n := range cloudtest.KeyNames(t) {
		err := keyOf(n).Check()
		if (err == nil) != n.Valid {
			t.Errorf("%s %.200q %q: %v", n.Type, n.ID, n.Role, err)
		}
		if err == nil {
			continue
		}
		if s := strings.ToUpper(err.Error()); strings.Contains(s, "CANARY") || len(s) > 200 {
			t.Errorf("%s: the error quotes: %v", n.Type, err)
		}
	}
}

// A policy and a flag come to the same verdict; a policy says in which line.
func TestPoliciesJudgeKeyNames(t *testing.T) {
	for _, n := range cloudtest.KeyNames(t) {
		if n.Type == "nonsense" || n.ID == "" || n.Profile != "" || strings.Contains(n.ID+n.Role, ",") {
			continue
		}
		if strings.TrimSpace(n.ID) != n.ID || n.Role != "" && strings.TrimSpace(n.Role) != n.Role {
			continue // what stands around a name is no part of it
		}
		if n.Type == "kms" && strings.Contains(n.ID, " ") {
			continue // sops takes blanks out
		}
		field := flatTypes[slices.IndexFunc(flatTypes, func(f struct {
			field string
			t     KeyType
		}) bool {
			return f.t == KeyType(n.Type)
		})].field
		id := n.ID
		if n.Role != "" {
			id += "+" + n.Role
		}
		if _, err := ParseKeys(KeyType(n.Type), id, n.Profile, nil); (err == nil) != n.Valid {
			t.Errorf("a flag: %s %.200q: %v", n.Type, id, err)
		}
		_, err := Parse(FileName, []byte("creation_rules:\n  - "+field+":\n      - "+strconv.Quote(id)+"\n"))
		if (err == nil) != n.Valid {
			t.Errorf("%s %.200q: %v", field, id, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), ".sops.yaml:3:") {
			t.Errorf("%s %.200q: no line: %v", field, id, err)
		}
	}
}

// What passes for a key's name passes in sops too, and cannot lead to another
// host than it seems to.
func FuzzKeyCheck(f *testing.F) {
	for _, n := range cloudtest.KeyNames(f) {
		f.Add(n.Type, n.ID)
	}
	arn := regexp.MustCompile(`^arn:aws[\w-]*:kms:(.+):[0-9]+:(key|alias)/.+$`)
	resource := regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$`)
	f.Fuzz(func(t *testing.T, kind, id string) {
		key := Key{Type: KeyType(kind), ID: id}
		err := key.Check()
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("long error: %v", err)
			}
			return
		}
		switch key.Type {
		case AWSKMS:
			if m := arn.FindStringSubmatch(id); m == nil || strings.ContainsAny(m[1], "./@:#?%\\ ") {
				t.Errorf("%q passed", id)
			}
		case GCPKMS:
			if !resource.MatchString(id) || strings.ContainsAny(id, "?#%\\ ") {
				t.Errorf("%q passed", id)
			}
		case AzureVault, VaultKey:
			u, err := url.Parse(id)
			if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "..") && strings.Contains(u.Path, "/../") {
				t.Errorf("%q passed", id)
			}
			if key.Type == AzureVault && (u.Scheme != "https" || strings.Count(u.Host, ".") < 3) {
				t.Errorf("%q passed", id)
			}
		}
	})
}
