package call

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// An SDK sees redirects, and never half an answer that means success.
func TestBounded(t *testing.T) {
	other, reached := endpoint(t, func(int, http.ResponseWriter, *http.Request) {})
	for name, tt := range map[string]struct {
		status, size, length int // length is what the header promises; 0: the truth
		want                 int // bytes; -1: an error
	}{
		"whole":             {200, maxAnswer, 0, maxAnswer},
		"too long":          {200, maxAnswer + 1, 0, -1},
		"too long, of 502":  {502, 2 * maxAnswer, 0, maxAnswer},
		"too long, of 400":  {400, 2 * maxAnswer, 0, maxAnswer},
		"cut off":           {200, 3, 10, -1},
		"cut off, of 503":   {503, 3, 10, -1},
		"redirect":          {307, 0, 0, 0},
		"redirect, of post": {302, 0, 0, 0},
	} {
		url, _ := endpoint(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other)
			if tt.length > 0 {
				w.Header().Set("Content-Length", strconv.Itoa(tt.length))
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, strings.Repeat("x", tt.size))
		})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := NewBounded(patient().HTTPClient).Do(r)
		switch {
		case tt.want < 0 && err == nil:
			t.Errorf("%s: no error", name)
		case tt.want >= 0 && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want >= 0:
			body, err := io.ReadAll(resp.Body)
			if err != nil || len(body) != tt.want || resp.StatusCode != tt.status {
				t.Errorf("%s: status %d, %d bytes, %v", name, resp.StatusCode, len(body), err)
			}
		}
	}
	if reached.Load() != 0 {
		t.Error("a redirect was followed")
	}
}
