// Package awskms reaches keys of AWS KMS.
package awskms

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

// maxEnc bounds a wrapped data key: AWS KMS makes at most 6,144 bytes.
const maxEnc = 16 << 10

// maxCalls is how many calls are under way at once, over all keys.
const maxCalls = 32

// Options: with the zero value the service finds credentials as the AWS
// command line does.
type Options struct {
	// Credentials sign the requests, or assume the role where the key names
	// one; nil means the SDK's default chain for the key's profile.
	Credentials aws.CredentialsProvider
	// HTTPClient makes the connections to KMS, and to STS for the key's role;
	// its CheckRedirect is not used, because redirects are never followed. Nil
	// means one of the service's own.
	HTTPClient *http.Client
	// Config makes the configuration of the clients for a region, in place of the
	// SDK's environment and shared files; Credentials and HTTPClient are not used
	// then, and keys that name a profile or role are refused. Nil means the SDK's.
	Config func(ctx context.Context, region string) (aws.Config, error)
	// Hostname goes into the name of role sessions, as sops@HOSTNAME.
	Hostname string
}

// New returns the service for AWS KMS keys. It holds one client for each
// profile, role and region, all made when they are first needed, and has at
// most 32 calls under way. A malformed key or ciphertext is refused before
// anything is sent.
func New(opts Options) encrypt.KeyService {
	return &service{
		clients: clients{opts: opts},
		slots:   make(chan struct{}, maxCalls),
	}
}

type service struct {
	clients clients
	slots   chan struct{}
}

func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.AWSKMS {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	w := encrypt.Wrapped{Key: key}
	err := s.call(ctx, key, func(client *kms.Client) error {
		out, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &key.ID, Plaintext: dataKey, EncryptionContext: key.Context})
		if err != nil {
			return err
		}
		if len(out.CiphertextBlob) == 0 {
			return errEmpty
		}
		w.Enc = base64.StdEncoding.EncodeToString(out.CiphertextBlob)
		return nil
	})
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	return w, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.AWSKMS {
		return nil, encrypt.ErrOtherKey
	}
	blob, err := call.DecodeWrapped(base64.StdEncoding, w.Enc, maxEnc)
	if err != nil {
		return nil, err
	}
	var dataKey []byte
	err = s.call(ctx, w.Key, func(client *kms.Client) error {
		out, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: &w.Key.ID, CiphertextBlob: blob, EncryptionContext: w.Key.Context})
		if err != nil {
			return err
		}
		if dataKey = out.Plaintext; len(dataKey) == 0 {
			return errEmpty
		}
		return nil
	})
	return dataKey, err
}

var errEmpty = errors.New("the answer is empty")

// call checks the key, waits for a slot and makes a call, whose errors it
// translates.
func (s *service) call(ctx context.Context, key policy.Key, do func(*kms.Client) error) error {
	if err := key.Check(); err != nil {
		return err
	}
	arn, err := policy.ParseKMSKey(key.ID)
	if err != nil {
		return err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	client, err := s.clients.get(ctx, clientKey{key.Profile, key.Role, arn.Region})
	if err == nil {
		err = do(client)
	}
	if err != nil {
		return explain(ctx, err, key, arn.Region)
	}
	return nil
}
