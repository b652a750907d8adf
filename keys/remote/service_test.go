package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3/keyservice"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/awskms"
	"github.com/gitsecrets/gitsecrets/policy"
)

// serveKeys runs a gRPC server as `sops keyservice` does.
func serveKeys(t *testing.T, network, address string, server keyservice.KeyServiceServer) net.Addr {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	keyservice.RegisterKeyServiceServer(s, server)
	go s.Serve(l)
	t.Cleanup(s.Stop)
	return l.Addr()
}

func remoteAt(t *testing.T, uri string) encrypt.KeyService {
	t.Helper()
	s, err := New(uri)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The key service of sops itself wraps and unwraps for us.
func TestRemoteInteroperatesWithSops(t *testing.T) {
	world := keytest.NewAWS(t)
	world.IAM.AddRole(keytest.Role, nil)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY", id.String())
	socket := filepath.Join(keytest.ShortTemp(t), "s")
	serveKeys(t, "unix", socket, &keyservice.Server{})
	tcp := serveKeys(t, "tcp", "127.0.0.1:0", &keyservice.Server{})
	for _, uri := range []string{"unix://" + socket, "tcp://" + tcp.String()} {
		s := remoteAt(t, uri)
		for _, key := range []policy.Key{
			policy.Key{Type: policy.Age, ID: id.Recipient().String()},
			{Type: policy.AWSKMS, ID: keytest.ARN2, Role: keytest.Role, Context: map[string]string{"a": "1", "b": "2", "": ""}},
			{Type: policy.AWSKMS, ID: keytest.ARN, Profile: "team"},
		} {
			w, err := s.Wrap(t.Context(), key, keytest.DataKey())
			if err != nil {
				t.Errorf("%s: %v", uri, err)
				continue
			}
			if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
				t.Errorf("%s: %q, %v", uri, got, err)
			}
			direct := awskms.New(awskms.Options{})
			if key.Type == policy.AWSKMS {
				if got, err := direct.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
					t.Errorf("without the service: %q, %v", got, err)
				}
			}
		}
	}
}

// echoing records keys and gives the data back.
type echoing struct {
	keyservice.UnimplementedKeyServiceServer
	mu   sync.Mutex
	keys []*keyservice.Key
	err  error
}

func (e *echoing) Encrypt(_ context.Context, r *keyservice.EncryptRequest) (*keyservice.EncryptResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = append(e.keys, r.Key)
	return &keyservice.EncryptResponse{Ciphertext: r.Plaintext}, e.err
}

func (e *echoing) Decrypt(_ context.Context, r *keyservice.DecryptRequest) (*keyservice.DecryptResponse, error) {
	return &keyservice.DecryptResponse{Plaintext: r.Ciphertext}, e.err
}

func TestRemoteNamesEveryKindOfKey(t *testing.T) {
	server := &echoing{}
	s := remoteAt(t, "tcp://"+serveKeys(t, "tcp", "127.0.0.1:0", server).String())
	for _, key := range []policy.Key{
		{Type: policy.PGP, ID: "FBC7 B9E2 A4F9 289A C0C1 D484 3D16 CEE4 A273 81B4"},
		{Type: policy.GCPKMS, ID: "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
		{Type: policy.AzureVault, ID: "https://v.vault.azure.net/keys/name/0123"},
		{Type: policy.VaultKey, ID: "https://vault.example.com:8200/v1/a/b/keys/k"},
		{Type: policy.HuaweiKMS, ID: "tr-west-1:abc12345-6789-0123-4567-890123456789"},
	} {
		w, err := s.Wrap(t.Context(), key, keytest.DataKey())
		if err != nil || w.Enc != string(keytest.DataKey()) {
			t.Errorf("%s: %q, %v", key.Type, w.Enc, err)
		}
	}
	if len(server.keys) != 5 {
		t.Fatalf("%d keys arrived", len(server.keys))
	}
	if got := server.keys[0].GetPgpKey().GetFingerprint(); got != "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4" {
		t.Errorf("pgp: %q", got)
	}
	if got := server.keys[1].GetGcpKmsKey().GetResourceId(); got != "projects/p/locations/l/keyRings/r/cryptoKeys/k" {
		t.Errorf("gcp: %q", got)
	}
	if got := server.keys[2].GetAzureKeyvaultKey(); got.GetVaultUrl() != "https://v.vault.azure.net" || got.GetName() != "name" || got.GetVersion() != "0123" {
		t.Errorf("azure: %v", got)
	}
	if got := server.keys[3].GetVaultKey(); got.GetVaultAddress() != "https://vault.example.com:8200" || got.GetEnginePath() != "a/b" || got.GetKeyName() != "k" {
		t.Errorf("vault: %v", got)
	}
	if got := server.keys[4].GetHckmsKey().GetKeyId(); got != "tr-west-1:abc12345-6789-0123-4567-890123456789" {
		t.Errorf("huawei: %q", got)
	}
}

func TestRemoteErrors(t *testing.T) {
	secret := make([]byte, 32)
	rand.Read(secret)
	server := &echoing{}
	s := remoteAt(t, "tcp://"+serveKeys(t, "tcp", "127.0.0.1:0", server).String())
	for _, c := range []struct {
		err  error
		want string
	}{
		{status.Error(codes.PermissionDenied, "Request rejected by user"), "the key service: it refused: Request rejected by user"},
		{status.Error(codes.NotFound, "Unknown key type"), "the key service: it does not know such keys: Unknown key type"},
		{status.Error(codes.Unknown, "bad\nkey "+base64.StdEncoding.EncodeToString(secret)+" ü%"), "the key service: it failed: bad key [redacted] ü%"},
	} {
		server.err = c.err
		_, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:abc12345-6789-0123-4567-890123456789"}, keytest.DataKey())
		if err == nil || err.Error() != c.want && !strings.Contains(c.want, "redacted") {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if strings.Contains(err.Error(), base64.StdEncoding.EncodeToString(secret)) {
			t.Errorf("the error quotes a key: %v", err)
		}
	}
	server.err = nil
	if _, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:abc12345-6789-0123-4567-890123456789"}, nil); err == nil {
		t.Error("an empty answer was taken")
	}
	n := len(server.keys)
	for _, key := range keytest.Invalid(t) {
		if key.Type == policy.AzureVault {
			continue // its host is the key service's concern
		}
		if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil {
			t.Errorf("%+v was accepted", key)
		}
		if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: "x"}); err == nil {
			t.Errorf("%+v was accepted", key)
		}
	}
	if len(server.keys) != n {
		t.Error("the service was contacted for a malformed key")
	}
	for _, key := range keytest.Keys(t, true) {
		w, err := s.Wrap(t.Context(), key, keytest.DataKey())
		if err == nil {
			_, err = s.Unwrap(t.Context(), w)
		}
		if err != nil {
			t.Errorf("%+v: %v", key, err)
		}
	}
}

// Whoever answers at the address may speak anything.
func TestRemoteHostileServer(t *testing.T) {
	for name, answer := range map[string]string{
		"http/1": "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nCANARY", "nothing": "", "noise": strings.Repeat("CANARY", 1000),
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.Write([]byte(answer))
				c.Close()
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = remoteAt(t, "tcp://"+l.Addr().String()).Unwrap(ctx, encrypt.Wrapped{Key: policy.Key{Type: policy.Age, ID: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}, Enc: "x"})
		if err == nil || strings.Contains(err.Error(), "CANARY") || len(err.Error()) > 200 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemoteAddresses(t *testing.T) {
	for _, uri := range []string{"", "host:1", "http://h:1", "tcp://h", "tcp://u@h:1", "tcp://h:1/x", "unix://", "unix://host/path", "tcp://h:1?x"} {
		if _, err := New(uri); err == nil {
			t.Errorf("%q was accepted", uri)
		}
	}
	for _, uri := range []string{"tcp://h:1", "tcp://[::1]:1", "unix:///a/b", "unix:/a/b", "unix:a"} {
		if _, err := New(uri); err != nil {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func FuzzRemoteAnswer(f *testing.F) {
	f.Add(appendBytes(nil, 1, keytest.DataKey()))
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, m []byte) {
		value, ok := decodeAnswer(m)
		if ok && len(value) > len(m) {
			t.Error("more came out than went in")
		}
		if ok {
			if again, ok := decodeAnswer(appendBytes(nil, 1, value)); !ok || !bytes.Equal(again, value) {
				t.Error("does not re-encode to itself")
			}
		}
	})
}
