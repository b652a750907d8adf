package oidc

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// requestToken asks the token endpoint of a CI. The token is text under a name in the JSON object that it answers with.
func (w *World) requestToken(p job.Provider, r *http.Request, field, audience string) (*Token, error) {
	r.Header.Set("Accept", "application/json")
	a, err := w.Send(p.Name(), r)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		_, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		e := call.StatusError(p.Name(), a, "", text.WithholdCredential(endpointWords(a.Body), credential))
		if e.Failure == call.Refused {
			e.Hint = "the job's right to an ID token ends with the job and may not cover this request"
		}
		return nil, e
	}
	bad := func(why string) (*Token, error) {
		return nil, &call.Error{Failure: call.NotTheService, Service: p.Name(), Text: "its answer does not contain an ID token: " + why}
	}
	var object map[string]any
	if json.Unmarshal(a.Body, &object) != nil || object == nil {
		return bad("it is not a JSON object")
	}
	raw, ok := object[field].(string)
	if !ok || strings.TrimSpace(raw) == "" {
		return bad(text.Quote(field) + " is not text in it")
	}
	return w.readToken(p, raw, audience)
}

// endpointWords gets the sentence out of the body of an error: a message of a JSON object, or short text; of a page of
// HTML, nothing.
func endpointWords(body []byte) string {
	var object map[string]any
	if json.Unmarshal(body, &object) == nil {
		for _, name := range []string{"message", "error_description", "error"} {
			if s, ok := object[name].(string); ok && s != "" {
				return s
			}
		}
		return ""
	}
	if body = bytes.TrimSpace(body); bytes.HasPrefix(body, []byte("<")) {
		return ""
	}
	return string(body)
}

// fromVariable returns a variable's value, which is to go into a header of HTTP.
func (w *World) fromVariable(name string) (string, error) {
	v := strings.TrimSpace(w.Getenv(name))
	if !call.FitsHeader(v) {
		return "", &call.Error{Failure: call.BadSetting, Text: name + " holds characters that are invalid in a token"}
	}
	return v, nil
}
