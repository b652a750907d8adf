// Ageplugin is an age plugin for tests: its identities and recipients are
// X25519 keys under another name, so it protects nothing more. It asks for a
// PIN if its environment has AGEPLUGIN_PIN.
package main

import (
	"errors"
	"os"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

func main() {
	p, err := plugin.New("throwaway")
	if err != nil {
		panic(err)
	}
	ask := func() error {
		want := os.Getenv("AGEPLUGIN_PIN")
		if want == "" {
			return nil
		}
		got, err := p.RequestValue("PIN", true)
		if err != nil {
			return err
		}
		if got != want {
			return errors.New("wrong PIN")
		}
		return nil
	}
	p.HandleRecipient(func(data []byte) (age.Recipient, error) {
		if err := ask(); err != nil {
			return nil, err
		}
		return age.ParseX25519Recipient(string(data))
	})
	p.HandleIdentity(func(data []byte) (age.Identity, error) {
		if err := ask(); err != nil {
			return nil, err
		}
		return age.ParseX25519Identity(string(data))
	})
	os.Exit(p.Main())
}
