package gcpkms

import (
	"bytes"
	"context"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
)

func TestGCPKMSUsesTheLentToken(t *testing.T) {
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/credentials.json")
	asked := 0
	s := New(Options{Endpoint: server.URL, Credentials: "no", Token: func(context.Context) (string, error) {
		asked++
		return server.Token, nil
	}})
	w, err := s.Wrap(t.Context(), gcpKey(testGCPKey), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) || asked != 2 {
		t.Errorf("got %q, %v after %d tokens", got, err, asked)
	}
}
