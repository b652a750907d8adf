package encrypt

import (
	"context"
	"encoding/base64"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/oauth2"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	gcpName = "Cloud KMS"
	// maxGCPEnc bounds a wrapped data key: Cloud KMS takes 64 kB at most, and this is
	// them in base64.
	maxGCPEnc = 88 << 10
)

// GCPOptions: with the zero value credentials are found as the Google SDKs
// find them (application default credentials). The first of Token, TokenSource,
// Credentials and AccessToken that is set is used.
type GCPOptions struct {
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

// GCPKMS returns the service for Google Cloud KMS keys. It speaks REST, where
// sops speaks gRPC by default, whose client alone takes 4 ms at each start
// (https://cloud.google.com/kms/docs/reference/rest).
func GCPKMS(opts GCPOptions) KeyService {
	return &gcpService{client: gcpClient{opts: opts}, slots: make(call.Slots, call.MaxCalls)}
}

type gcpService struct {
	client gcpClient
	slots  call.Slots
}

// gcpMessage holds the fields of requests and answers of encrypt and decrypt.
type gcpMessage struct {
	Name             string `json:"name,omitempty"`
	Plaintext        []byte `json:"plaintext,omitempty"`
	PlaintextCRC     string `json:"plaintextCrc32c,omitempty"`
	Ciphertext       []byte `json:"ciphertext,omitempty"`
	CiphertextCRC    string `json:"ciphertextCrc32c,omitempty"`
	VerifiedPlainCRC *bool  `json:"verifiedPlaintextCrc32c,omitempty"`
}

func (s *gcpService) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	if key.Type != policy.GCPKMS {
		return Wrapped{}, ErrOtherKey
	}
	out, err := s.call(ctx, key, "encrypt", gcpMessage{Plaintext: dataKey, PlaintextCRC: crc32c(dataKey)})
	if err != nil {
		return Wrapped{}, err
	}
	if out.VerifiedPlainCRC != nil && !*out.VerifiedPlainCRC || !sameCRC(out.CiphertextCRC, out.Ciphertext) ||
		out.Name != "" && !strings.HasPrefix(out.Name+"/", key.ID+"/") {
		return Wrapped{}, errGCPDamaged()
	}
	if len(out.Ciphertext) == 0 {
		return Wrapped{}, errGCPEmpty()
	}
	return Wrapped{Key: key, Enc: base64.StdEncoding.EncodeToString(out.Ciphertext)}, nil
}

func (s *gcpService) Unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	if w.Key.Type != policy.GCPKMS {
		return nil, ErrOtherKey
	}
	blob, err := call.DecodeWrapped(base64.StdEncoding, w.Enc, maxGCPEnc)
	if err != nil {
		return nil, err
	}
	out, err := s.call(ctx, w.Key, "decrypt", gcpMessage{Ciphertext: blob, CiphertextCRC: crc32c(blob)})
	if err != nil {
		return nil, err
	}
	if !sameCRC(out.PlaintextCRC, out.Plaintext) {
		return nil, errGCPDamaged()
	}
	if len(out.Plaintext) == 0 {
		return nil, errGCPEmpty()
	}
	return out.Plaintext, nil
}

func errGCPEmpty() error {
	return &call.Error{Failure: call.NotTheService, Service: gcpName, Text: "the answer is empty"}
}

func errGCPDamaged() error {
	return &call.Error{Failure: call.NotTheService, Service: gcpName, Text: "the answer was damaged on the way: its CRC32C or its name does not match"}
}

func (s *gcpService) call(ctx context.Context, key policy.Key, verb string, in gcpMessage) (*gcpMessage, error) {
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
