package hckms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	signingAlgorithm = "SDK-HMAC-SHA256"
	signingTime      = "20060102T150405Z"
)

// sign adds the date and the signature to a request
// (https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html). All
// headers that the request has are signed, but for the type of its content, as
// HuaweiCloud's SDK does.
func sign(r *http.Request, body []byte, access, secret string, now time.Time) {
	date := now.UTC().Format(signingTime)
	r.Header.Set("X-Sdk-Date", date)
	var names []string
	for name := range r.Header {
		if name != "Content-Type" {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + strings.TrimSpace(r.Header.Get(name)) + "\n")
	}
	signed := strings.Join(names, ";")
	request := strings.Join([]string{
		r.Method, strings.TrimSuffix(r.URL.EscapedPath(), "/") + "/", r.URL.RawQuery, headers.String(), signed, hexHash(body),
	}, "\n")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signingAlgorithm + "\n" + date + "\n" + hexHash([]byte(request))))
	r.Header.Set("Authorization", signingAlgorithm+" Access="+access+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(mac.Sum(nil)))
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
