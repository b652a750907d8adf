package awstest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// serveJSON11 answers a request in AWS JSON 1.1: faults first, then the
// signature, then do.
func serveJSON11(w http.ResponseWriter, r *http.Request, iam *IAM, faults *cloudtest.Faults, target, service string, do func(operation string, body []byte, sig signature) (any, *awsError)) {
	fail := func(status int, code, message string) {
		writeKMS(w, status, map[string]string{"__type": code, "message": message})
	}
	operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target+".")
	if !ok || r.Method != http.MethodPost || r.URL.Path != "/" {
		fail(400, "UnknownOperationException", "")
		return
	}
	body, ok := cloudtest.ReadBody(r)
	fault, done := faults.Begin(operation)
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	sig, bad := iam.verify(r, body, service)
	if bad == nil && (!ok || !json.Valid(body)) {
		bad = &awsError{400, "SerializationException", ""}
	}
	var out any
	if bad == nil {
		out, bad = do(operation, body, sig)
	}
	if bad != nil {
		fail(bad.status, bad.code, bad.message)
		return
	}
	writeKMS(w, http.StatusOK, out)
}
