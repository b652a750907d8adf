package repo

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// lint comes to the verdict that all readers of names come to, and says in
// which line the name is.
func TestLintJudgesKeyNames(t *testing.T) {
	fields := map[string]string{"age": "age", "pgp": "pgp", "kms": "kms", "gcp_kms": "gcp_kms", "hckms": "hckms", "azure_kv": "azure_keyvault", "hc_vault": "hc_vault_transit_uri"}
	path := filepath.Join(t.TempDir(), policy.FileName)
	for _, n := range cloudtest.KeyNames(t) {
		field := fields[n.Type]
		if field == "" || n.Role != "" || n.Profile != "" || strings.Contains(n.ID, ",") {
			continue // of other fields, or of several names
		}
		if strings.TrimSpace(n.ID) != n.ID || n.Type == "kms" && strings.Contains(n.ID, " ") {
			continue // sops takes such blanks out
		}
		if err := os.WriteFile(path, []byte("creation_rules:\n  - "+field+":\n      - "+strconv.Quote(n.ID)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		found := lintFile(path, policy.FileName)
		if (len(found) == 0) != n.Valid {
			t.Errorf("%s %.200q: %+v", field, n.ID, found)
		}
		for _, f := range found {
			if f.Level != "error" || f.Line != 3 {
				t.Errorf("%s %.200q: %+v", field, n.ID, f)
			}
		}
	}
}
