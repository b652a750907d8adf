package encrypt

import (
	"errors"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Check finds each way in which a file is not what its rule demands, and
// passes a file that has none.
func TestCheckVectors(t *testing.T) {
	const plain = "# note\na: one\nb:\n    - two\n"
	rule := func() *policy.Rule { return oracleRule(t, policy.NoSelector, "", false) }
	good := string(sealed(t, yamlFile, plain, rule()))
	if err := checkBytes(rule(), yamlFile, []byte(good)); err != nil {
		t.Fatalf("a good file: %v", err)
	}
	value := func(key string) string {
		_, rest, _ := strings.Cut(good, "\n"+key+": ")
		if key == "mac" {
			_, rest, _ = strings.Cut(good, "    mac: ")
		}
		v, _, _ := strings.Cut(rest, "\n")
		return v
	}
	comment, _, _ := strings.Cut(good, "\n")
	other := policy.Key{Type: policy.GCPKMS, ID: "projects/p/locations/l/keyRings/r/cryptoKeys/k"}
	for _, c := range []struct {
		name   string
		change func(*policy.Rule) // of the rule
		old    string             // of the file
		new    string
		want   string
	}{
		{name: "value in the clear", old: value("a"), new: "one", want: "is plaintext"},
		{name: "number in the clear", old: value("a"), new: "1", want: "is plaintext"},
		{name: "truncated", old: value("a"), new: value("a")[:40], want: "not a whole ciphertext"},
		{name: "comment in the clear", old: comment, new: "# note", want: "comments"},
		{name: "no MAC", old: value("mac"), new: `""`, want: "MAC is missing"},
		{name: "MAC in the clear", old: value("mac"), new: "ABC", want: "MAC is missing"},
		{name: "MAC mode", change: func(r *policy.Rule) { r.MACOnlyEncrypted = true }, want: "mac_only_encrypted"},
		{name: "missing key", change: func(r *policy.Rule) { r.Groups[0] = append(r.Groups[0], other) }, want: "is missing"},
		{name: "extra key", change: func(r *policy.Rule) { r.Groups[0] = policy.Group{other} }, want: "is not in the rule"},
		{name: "groups", change: func(r *policy.Rule) { r.Groups = append(r.Groups, policy.Group{other}) }, want: "key group"},
		{name: "selector", change: func(r *policy.Rule) {
			r.Selector = oracleRule(t, policy.EncryptedRegex, "^a$", false).Selector
		}, want: "selector"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, text := rule(), good
			if c.change != nil {
				c.change(r)
			} else if text = strings.Replace(good, c.old, c.new, 1); text == good {
				t.Fatal("the vector changes nothing")
			}
			err := checkBytes(r, yamlFile, []byte(text))
			var problems *CheckError
			if !errors.As(err, &problems) {
				t.Fatalf("error %v, want a *CheckError", err)
			}
			all := ""
			for _, p := range problems.Violations {
				all += p.Msg + "\n"
			}
			if !strings.Contains(all, c.want) {
				t.Errorf("problems %q, want one with %q", all, c.want)
			}
		})
	}
}
