package call

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// Bounded is the client for SDKs, which make and repeat requests by themselves. A
// redirect is the answer, and each answer is read whole: one that is cut off, or that
// means success and is longer than 1 MiB, is a failure of the connection, which an SDK
// tries again. It would take what it cannot parse for the service's last word.
type Bounded struct{ client http.Client }

// NewBounded returns a client that connects as client does.
func NewBounded(client *http.Client) *Bounded {
	b := &Bounded{*client}
	b.client.CheckRedirect = RefuseRedirect
	return b
}

// Do makes a request, as http.Client does.
func (b *Bounded) Do(r *http.Request) (*http.Response, error) {
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := bounded.Read(resp.Body, maxAnswer)
	if err != nil && (!errors.Is(err, bounded.ErrTooLong) || resp.StatusCode < 400) {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
