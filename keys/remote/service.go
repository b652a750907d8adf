// Package remote reaches keys of every type through another process, as sops's --keyservice does.
package remote

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "the key service"
	// maxEnc bounds a wrapped data key of any type.
	maxEnc = 64 << 10
)

// New returns a service that asks another process to wrap and unwrap, as
// sops's --keyservice does: uri is tcp://HOST:PORT or unix:///PATH. It serves
// keys of every type. The connection is made at the first call, and is neither
// encrypted nor authenticated, as in sops.
//
// It speaks gRPC
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) by
// net/http, because to link the gRPC library costs several milliseconds at
// every start.
func New(uri string) (encrypt.KeyService, error) {
	network, address, err := parseAddress(uri)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: call.AttemptTime}
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	return &service{
		caller: call.Caller{HTTPClient: &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			Protocols: &protocols,
		}}},
		slots: make(call.Slots, call.MaxCalls),
	}, nil
}

func parseAddress(uri string) (network, address string, err error) {
	bad := errors.New("the address of a key service is malformed: it must look like tcp://HOST:PORT or unix:///PATH")
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", "", bad
	}
	switch u.Scheme {
	case "tcp", "tcp4", "tcp6":
		if host, port, err := net.SplitHostPort(u.Host); err != nil || host == "" && port == "" || u.Path != "" && u.Path != "/" {
			return "", "", bad
		}
		return u.Scheme, u.Host, nil
	case "unix":
		if path := u.Path + u.Opaque; u.Host == "" && path != "" {
			return "unix", path, nil
		}
	}
	return "", "", bad
}

type service struct {
	caller call.Caller
	slots  call.Slots
}

func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	message, key, err := encodeKey(key)
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	enc, err := s.call(ctx, "/KeyService/Encrypt", encodeRequest(message, dataKey))
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	return encrypt.Wrapped{Key: key, Enc: string(enc)}, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if len(w.Enc) > maxEnc {
		return nil, errors.New("the wrapped data key is far too long")
	}
	message, _, err := encodeKey(w.Key)
	if err != nil {
		return nil, err
	}
	return s.call(ctx, "/KeyService/Decrypt", encodeRequest(message, []byte(w.Enc)))
}

// call makes a unary call and returns the one field of the answer.
func (s *service) call(ctx context.Context, method string, message []byte) ([]byte, error) {
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	// A message is preceded by a flag (not compressed) and its length.
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	body = append(body, message...)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://keyservice"+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("Te", "trailers")
	a, err := s.caller.Send(serviceName, req)
	if err != nil {
		return nil, err
	}
	foreign := call.Foreign(serviceName, nil)
	if a.Status != http.StatusOK {
		return nil, foreign
	}
	// Without a message the status stands in the header already.
	status, words := a.Trailer.Get("Grpc-Status"), a.Trailer.Get("Grpc-Message")
	if status == "" {
		status, words = a.Header.Get("Grpc-Status"), a.Header.Get("Grpc-Message")
	}
	code, err := strconv.ParseUint(status, 10, 8)
	if err != nil {
		return nil, foreign
	}
	if code != 0 {
		return nil, refusal(code, words)
	}
	if m := a.Body; len(m) < 5 || m[0] != 0 || int64(binary.BigEndian.Uint32(m[1:])) != int64(len(m)-5) {
		return nil, foreign
	}
	value, ok := decodeAnswer(a.Body[5:])
	if !ok {
		return nil, foreign
	}
	return value, nil
}

// refusal explains a gRPC status (grpc/codes). The text is that of the
// person's own key service, and most often the only hint.
func refusal(code uint64, words string) error {
	if decoded, err := url.PathUnescape(words); err == nil {
		words = decoded
	}
	p, said := call.NotTheService, "it failed"
	switch code {
	case 4, 8, 14:
		p, said = call.Transient, "it is too busy"
	case 5:
		p, said = call.BadKey, "it does not know such keys"
	case 7:
		p, said = call.Refused, "it refused"
	case 12:
		said = "it is not a key service of sops"
	case 16:
		p, said = call.NoCredentials, "it requires credentials"
	}
	if words = text.Outside(words); words != "" {
		said += ": " + words
	}
	return &call.Error{Failure: p, Service: serviceName, Text: said}
}
