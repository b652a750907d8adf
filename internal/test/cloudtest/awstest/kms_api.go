package awstest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// kmsRequest has the fields of all operations.
type kmsRequest struct {
	KeyId             string
	Plaintext         []byte
	CiphertextBlob    []byte
	EncryptionContext map[string]string
	KeySpec           string
	NumberOfBytes     int
}

func (k *KMS) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code, message string) {
		writeKMS(w, status, map[string]string{"__type": code, "message": message})
	}
	operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	if !ok || r.Method != http.MethodPost || r.URL.Path != "/" {
		fail(400, "UnknownOperationException", "")
		return
	}
	body, ok := cloudtest.ReadBody(r)
	fault, done := k.Faults.Begin(operation)
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	if !ok {
		fail(400, "ValidationException", "the request is too long")
		return
	}
	sig, bad := k.iam.verify(r, body, "kms")
	if bad != nil {
		fail(bad.status, bad.code, bad.message)
		return
	}
	var in kmsRequest
	if r.Header.Get("Content-Type") != "application/x-amz-json-1.1" || json.Unmarshal(body, &in) != nil {
		fail(400, "SerializationException", "")
		return
	}
	k.mu.Lock()
	k.calls = append(k.calls, Call{operation, in.KeyId, sig.region, sig.caller.ARN, in.EncryptionContext})
	k.mu.Unlock()
	sig.conditions = in.conditions()
	out, bad := k.do(operation, &in, sig)
	if bad != nil {
		fail(bad.status, bad.code, bad.message)
		return
	}
	writeKMS(w, http.StatusOK, out)
}

// conditions are the condition keys of a request.
func (in *kmsRequest) conditions() conditions {
	c := conditions{}
	for name, value := range in.EncryptionContext {
		c["kms:EncryptionContext:"+name] = []string{value}
		c["kms:EncryptionContextKeys"] = append(c["kms:EncryptionContextKeys"], name)
	}
	if i := strings.Index(in.KeyId, "alias/"); i == 0 || i > 0 && in.KeyId[i-1] == ':' {
		c["kms:RequestAlias"] = []string{in.KeyId[i:]}
	}
	return c
}

func (k *KMS) do(operation string, in *kmsRequest, sig signature) (any, *awsError) {
	switch operation {
	case "Encrypt":
		return k.encrypt(in, sig)
	case "Decrypt":
		return k.decrypt(in, sig)
	case "GenerateDataKey":
		return k.generateDataKey(in, sig)
	case "DescribeKey":
		key, bad := k.key(in.KeyId, operation, sig)
		if bad != nil {
			return nil, bad
		}
		return map[string]any{"KeyMetadata": map[string]any{
			"Arn": key.arn, "KeyId": key.arn[strings.LastIndexByte(key.arn, '/')+1:], "AWSAccountId": account(key.arn),
			"Enabled": key.state == Enabled, "KeyState": key.state, "KeyUsage": "ENCRYPT_DECRYPT",
			"KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": []string{"SYMMETRIC_DEFAULT"},
		}}, nil
	}
	return nil, &awsError{400, "UnknownOperationException", ""}
}

func (k *KMS) encrypt(in *kmsRequest, sig signature) (any, *awsError) {
	if len(in.Plaintext) < 1 || len(in.Plaintext) > 4096 {
		return nil, &awsError{400, "ValidationException", "1 validation error detected: 'plaintext' failed to satisfy constraint: Member must have length between 1 and 4096"}
	}
	key, bad := k.key(in.KeyId, "Encrypt", sig)
	if bad != nil {
		return nil, bad
	}
	return map[string]any{"KeyId": key.arn, "CiphertextBlob": key.seal(in.Plaintext, in.EncryptionContext), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, nil
}

func (k *KMS) decrypt(in *kmsRequest, sig signature) (any, *awsError) {
	arn, sealed, ok := splitBlob(in.CiphertextBlob)
	if !ok {
		return nil, &awsError{400, "InvalidCiphertextException", ""}
	}
	key, bad := k.key(arn, "Decrypt", sig)
	if bad != nil {
		return nil, bad
	}
	if in.KeyId != "" {
		asked, bad := k.key(in.KeyId, "Decrypt", sig)
		if bad != nil {
			return nil, bad
		}
		if asked.arn != key.arn {
			return nil, &awsError{400, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."}
		}
	}
	plaintext, ok := key.open(sealed, in.EncryptionContext)
	if !ok {
		return nil, &awsError{400, "InvalidCiphertextException", ""}
	}
	return map[string]any{"KeyId": key.arn, "Plaintext": plaintext, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, nil
}

func (k *KMS) generateDataKey(in *kmsRequest, sig signature) (any, *awsError) {
	n := in.NumberOfBytes
	switch in.KeySpec {
	case "AES_256":
		n = 32
	case "AES_128":
		n = 16
	}
	if n < 1 || n > 1024 || in.KeySpec != "" && in.NumberOfBytes != 0 {
		return nil, &awsError{400, "ValidationException", "Please specify either number of bytes or key spec."}
	}
	key, bad := k.key(in.KeyId, "GenerateDataKey", sig)
	if bad != nil {
		return nil, bad
	}
	plaintext := make([]byte, n)
	rand.Read(plaintext)
	return map[string]any{"KeyId": key.arn, "Plaintext": plaintext, "CiphertextBlob": key.seal(plaintext, in.EncryptionContext)}, nil
}

func writeKMS(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", strings.ToLower(cloudtest.RandomName(32)))
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
