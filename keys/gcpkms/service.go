// Package gcpkms reaches keys of Google Cloud KMS.
package gcpkms

import (
	"context"
	"encoding/base64"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "Cloud KMS"
	// maxEnc bounds a wrapped data key: Cloud KMS takes 64 kB at most, and this is
	// them in base64.
	maxEnc = 88 << 10
)

// Options: with the zero value credentials are found as the Google SDKs
// find them (application default credentials). The first of Token, TokenSource,
// Credentials and AccessToken that is set is used.
type Options struct {
	// Token gets an access token; it is called before each call and should
	// remember. Its errors are passed on as they are.
	Token func(ctx context.Context) (string, error)
	// TokenSource gives access tokens.
	TokenSource oauth2.TokenSource
	// Credentials is the value of GOOGLE_CREDENTIALS: credentials as JSON, or
	// the path of a file of them.
	Credentials string
	// AccessToken is the value of GOOGLE_OAUTH_ACCESS_TOKEN.
	AccessToken string
	// Endpoint is the value of SOPS_GCP_KMS_ENDPOINT: a host, HOST:PORT or URL.
	// It goes before UniverseDomain.
	Endpoint string
	// UniverseDomain is the value of SOPS_GCP_KMS_UNIVERSE_DOMAIN; empty means
	// googleapis.com.
	UniverseDomain string
	// HTTPClient makes the connections; nil means one of the service's own.
	HTTPClient *http.Client
}

// New returns the service for Google Cloud KMS keys. It speaks REST, where
// sops speaks gRPC by default, whose client alone takes 4 ms at each start
// (https://cloud.google.com/kms/docs/reference/rest).
func New(opts Options) encrypt.KeyService {
	return &service{client: restClient{opts: opts}, slots: make(call.Slots, call.MaxCalls)}
}

type service struct {
	client restClient
	slots  call.Slots
}

// message holds the fields of requests and answers of encrypt and decrypt.
type message struct {
	Name             string `json:"name,omitempty"`
	Plaintext        []byte `json:"plaintext,omitempty"`
	PlaintextCRC     string `json:"plaintextCrc32c,omitempty"`
	Ciphertext       []byte `json:"ciphertext,omitempty"`
	CiphertextCRC    string `json:"ciphertextCrc32c,omitempty"`
	VerifiedPlainCRC *bool  `json:"verifiedPlaintextCrc32c,omitempty"`
}

func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.GCPKMS {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	out, err := s.call(ctx, key, "encrypt", message{Plaintext: dataKey, PlaintextCRC: crc32c(dataKey)})
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	if out.VerifiedPlainCRC != nil && !*out.VerifiedPlainCRC || !sameCRC(out.CiphertextCRC, out.Ciphertext) ||
		out.Name != "" && !strings.HasPrefix(out.Name+"/", key.ID+"/") {
		return encrypt.Wrapped{}, errDamaged()
	}
	if len(out.Ciphertext) == 0 {
		return encrypt.Wrapped{}, errEmpty()
	}
	return encrypt.Wrapped{Key: key, Enc: base64.StdEncoding.EncodeToString(out.Ciphertext)}, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.GCPKMS {
		return nil, encrypt.ErrOtherKey
	}
	blob, err := call.DecodeWrapped(base64.StdEncoding, w.Enc, maxEnc)
	if err != nil {
		return nil, err
	}
	out, err := s.call(ctx, w.Key, "decrypt", message{Ciphertext: blob, CiphertextCRC: crc32c(blob)})
	if err != nil {
		return nil, err
	}
	if !sameCRC(out.PlaintextCRC, out.Plaintext) {
		return nil, errDamaged()
	}
	if len(out.Plaintext) == 0 {
		return nil, errEmpty()
	}
	return out.Plaintext, nil
}

func errEmpty() error {
	return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "the answer is empty"}
}

func errDamaged() error {
	return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: "the answer was damaged on the way: its CRC32C or its name does not match"}
}

func (s *service) call(ctx context.Context, key policy.Key, verb string, in message) (*message, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	return s.client.post(ctx, "/v1/"+key.ID+":"+verb, in)
}

// crc32c is the checksum of
// https://cloud.google.com/kms/docs/data-integrity-guidelines.
func crc32c(b []byte) string {
	return strconv.FormatUint(uint64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))), 10)
}

// sameCRC takes no checksum for a right one: servers that stand in for
// Google's give none.
func sameCRC(crc string, b []byte) bool { return crc == "" || crc == crc32c(b) }
