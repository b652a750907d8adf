package age

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"
	sopsage "github.com/getsops/sops/v3/age"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
)

// newAgePlugin builds the plugin, puts it into PATH and returns a pair of keys
// of it.
func newAgePlugin(t *testing.T) (recipient, identity string) {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "age-plugin-throwaway"), "./testdata/ageplugin").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return plugin.EncodeRecipient("throwaway", []byte(id.Recipient().String())), plugin.EncodeIdentity("throwaway", []byte(id.String()))
}

func TestAgePlugin(t *testing.T) {
	recipient, text := newAgePlugin(t)
	ui := &plugin.ClientUI{RequestValue: func(_, prompt string, secret bool) (string, error) {
		if prompt != "PIN" || !secret {
			return "", errors.New("another question was expected")
		}
		return "1234", nil
	}}
	identity, err := plugin.NewIdentity(text, ui)
	if err != nil {
		t.Fatal(err)
	}
	stranger := agePairs(t)[0].identity
	s := New(Options{Identities: identities{ids: []age.Identity{stranger, identity}}, UI: ui})
	for _, pin := range []string{"", "1234"} {
		t.Setenv("AGEPLUGIN_PIN", pin)
		w, err := s.Wrap(t.Context(), ageKey(recipient), keytest.DataKey())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
			t.Errorf("PIN %q: got %q, %v", pin, got, err)
		}
		theirs := &sopsage.MasterKey{Recipient: recipient, EncryptedKey: w.Enc}
		sopsage.ParsedIdentities{identity}.ApplyToMasterKey(theirs)
		if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
			t.Errorf("sops opens ours: %q, %v", got, err)
		}
	}

	// Without a UI a plugin's question has no answer, and that is an error.
	t.Setenv("AGEPLUGIN_PIN", "1234")
	if _, err := New(Options{}).Wrap(t.Context(), ageKey(recipient), keytest.DataKey()); err == nil || !strings.Contains(err.Error(), "throwaway plugin") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = New(Options{}).Wrap(t.Context(), ageKey(recipient), keytest.DataKey())
	var missing *plugin.NotFoundError
	if !errors.As(err, &missing) || err.Error() != "the program age-plugin-throwaway is not in PATH" {
		t.Errorf("got %v", err)
	}
}

// The plugin that the recipient names is asked before other identities.
func TestAgePluginOfTheRecipientComesFirst(t *testing.T) {
	mine, err := plugin.NewIdentity(plugin.EncodeIdentity("mine", []byte("x")), nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := plugin.NewIdentity(plugin.EncodeIdentity("other", []byte("x")), nil)
	if err != nil {
		t.Fatal(err)
	}
	native := agePairs(t)[0]
	var o owners
	ids := []age.Identity{other, mine, native.identity}
	for recipient, want := range map[string][]age.Identity{
		plugin.EncodeRecipient("mine", []byte("y")): {mine, native.identity, other},
		native.recipient: {native.identity, other, mine},
	} {
		got := o.sort(ids, recipient)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: place %d is %v", recipient, i, got[i])
			}
		}
	}
}
