package gcp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Read gets a secret of Secret Manager
// (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
func (g *Lender) Read(ctx context.Context, r policy.Reference) ([]byte, error) {
	const service = "Google Secret Manager"
	project, name, _ := strings.Cut(r.Path, "/")
	version := r.Params["version"]
	if version == "" {
		version = "latest"
	}
	if err := ref.Check(r, policy.StoreGCPSecrets); err != nil {
		return nil, err
	}
	if _, _, err := g.Token(ctx); err != nil {
		return nil, err
	}
	var secret []byte
	err := g.caller.Retry(ctx, func(ctx context.Context) error {
		token, _, err := g.Token(ctx)
		if err != nil {
			return err
		}
		a, err := g.call(ctx, service, http.MethodGet, "https://secretmanager."+g.s.Universe+"/v1/projects/"+project+"/secrets/"+name+"/versions/"+version+":access", token, nil)
		if err != nil {
			return err
		}
		if !a.OK() {
			e := apiError(service, a)
			if a.Status == http.StatusNotFound || a.Status == http.StatusBadRequest {
				e.Failure = call.BadKey
			}
			return e
		}
		secret, err = payloadOf(service, a)
		return err
	})
	if err != nil {
		return nil, ref.About(r, err)
	}
	return secret, nil
}

// payloadOf reads the payload and checks its CRC32C (https://cloud.google.com/secret-manager/docs/data-integrity).
func payloadOf(service string, a *call.Answer) ([]byte, error) {
	var out struct {
		Payload *struct {
			Data string
			CRC  json.Number `json:"dataCrc32c"`
		}
	}
	bad := func(why string) ([]byte, error) {
		return nil, &call.Error{Failure: call.BadKey, Service: service, Text: why}
	}
	// The checksum is a string of digits.
	if json.Unmarshal(a.Body, &out) != nil || out.Payload == nil {
		return nil, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	secret, err := base64.StdEncoding.DecodeString(out.Payload.Data)
	if err != nil {
		return bad("the secret is not base64")
	}
	if out.Payload.CRC != "" && out.Payload.CRC.String() != strconv.FormatUint(uint64(crc32.Checksum(secret, crc32.MakeTable(crc32.Castagnoli))), 10) {
		return bad("the secret was damaged on the way: its CRC32C does not match")
	}
	return secret, nil
}
