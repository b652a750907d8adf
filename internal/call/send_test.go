package call

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, w *Caller, ctx context.Context, url string) (*Answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer bearer-of-the-job")
	return w.Send("the service", r)
}

func TestSend(t *testing.T) {
	url, _ := endpoint(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "gitsecrets" {
			t.Errorf("User-Agent %q", r.Header.Get("User-Agent"))
		}
		rw.Header().Set("X", "y")
		rw.WriteHeader(http.StatusTeapot)
		fmt.Fprint(rw, "body")
	})
	for _, w := range []*Caller{patient(), {}} {
		a, err := get(t, w, context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != http.StatusTeapot || a.Header.Get("X") != "y" || string(a.Body) != "body" || a.OK() {
			t.Errorf("answer %+v", a)
		}
	}
}

// A redirect would carry the credential to another host, or to another port of
// this one.
func TestSendFollowsNoRedirect(t *testing.T) {
	other, reached := endpoint(t, func(int, http.ResponseWriter, *http.Request) {})
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308, 399} {
		for _, check := range []func(*http.Request, []*http.Request) error{nil, func(*http.Request, []*http.Request) error { return nil }} {
			url, _ := endpoint(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Location", other)
				rw.WriteHeader(status)
			})
			w := patient()
			w.HTTPClient.CheckRedirect = check
			_, err := get(t, w, context.Background(), url)
			wantFailure(t, err, NotTheService, "redirect")
		}
	}
	if reached.Load() != 0 {
		t.Errorf("%d requests came to the other host", reached.Load())
	}
}

func TestSendBoundsTheAnswer(t *testing.T) {
	for _, tt := range []struct {
		status, size int
		fails        bool
	}{{200, maxAnswer, false}, {200, maxAnswer + 1, true}, {400, maxAnswer + 1, true}, {500, 2 * maxAnswer, false}, {429, 2 * maxAnswer, false}} {
		url, _ := endpoint(t, func(_ int, rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(tt.status)
			io.WriteString(rw, strings.Repeat("x", tt.size))
		})
		a, err := get(t, patient(), context.Background(), url)
		if tt.fails {
			wantFailure(t, err, NotTheService, "1 MiB")
		} else if err != nil || a.Status != tt.status {
			t.Errorf("%d of %d bytes: %v", tt.status, tt.size, err)
		}
	}
}

// A server that sends without end is left.
func TestSendLeavesAnEndlessAnswer(t *testing.T) {
	url, _ := endpoint(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(rw, strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	})
	_, err := get(t, patient(), context.Background(), url)
	wantFailure(t, err, NotTheService, "1 MiB")
}

func TestSendExplainsFailures(t *testing.T) {
	cut := func(respond string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.SetReadDeadline(time.Now().Add(5 * time.Second))
				c.Read(make([]byte, 4096))
				io.WriteString(c, respond)
				c.Close()
			}
		}()
		return "http://" + l.Addr().String()
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain, _ := endpoint(t, func(int, http.ResponseWriter, *http.Request) {})
	for name, tt := range map[string]struct {
		url  string
		want Failure
		text string
	}{
		"nobody listens":  {"http://" + closed.Addr().String(), Transient, "refused"},
		"no answer":       {cut(""), Transient, "closed the connection"},
		"cut head":        {cut("HTTP/1.1 200 OK\r\nConten"), Transient, "the service"},
		"cut body":        {cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), Transient, "closed the connection"},
		"no HTTP":         {cut("SSH-2.0-OpenSSH_9\r\n"), Transient, "the service"},
		"other authority": {secure.URL, NotTheService, "TLS certificate"},
		"TLS to plain":    {strings.Replace(plain, "http:", "https:", 1), Transient, "the service"},
		"no such name":    {"https://name-of-a-host.invalid/?token=bearer-of-the-job", Transient, "name-of-a-host.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w := patient()
			w.HTTPClient.Transport.(*http.Transport).DialContext = (&net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("no network in tests")
			}}}).DialContext
			_, err := get(t, w, context.Background(), tt.url)
			e := wantFailure(t, err, tt.want, tt.text)
			if (e.Again == MayPass) != (tt.want == Transient) {
				t.Errorf("again %d", e.Again)
			}
		})
	}
}

func TestSendTimesOut(t *testing.T) {
	for name, answer := range map[string]bool{"silence": false, "head without a body": true} {
		url, _ := endpoint(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
			if answer {
				rw.WriteHeader(200)
				rw.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := get(t, patient(), ctx, url)
		wantFailure(t, err, Transient, "no answer in time")

		stopped, stop := context.WithCancel(context.Background())
		time.AfterFunc(20*time.Millisecond, stop)
		if _, err := get(t, patient(), stopped, url); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestStatusError(t *testing.T) {
	for status, want := range map[int]Failure{400: Refused, 401: Refused, 403: Refused, 404: Refused, 408: Transient, 409: Refused, 429: Transient, 500: Transient, 503: Transient, 599: Transient} {
		e := StatusError("S", &Answer{Status: status, Header: http.Header{}}, "", "")
		if e.Failure != want || (e.Again == MayPass) != (want == Transient) || !strings.Contains(e.Text, fmt.Sprint(status)) {
			t.Errorf("%d: %+v", status, e)
		}
	}
	e := StatusError("S", &Answer{Status: 400, Header: http.Header{}}, "Code\n::x", "the text\x1b[31m eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
	if got, want := e.Error(), "S: Code : :x: the text [31m [redacted]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{"": 0, "3": 3 * time.Second, " 7 ": 7 * time.Second, "100000": time.Minute, "-1": 0, "x": 0, "99999999999999999999": 0, "1.5": 0,
		"Wed, 21 Oct 2026 07:28:00 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for _, raw := range []string{"https://a.example", "https://a.example:8443/x?y=z", "HTTPS://A.example", "http://127.0.0.1:8200", "http://127.8.9.1/", "http://[::1]/", "http://LOCALHOST:1", "https://[2001:db8::1]/", "http://[::ffff:127.0.0.1]/"} {
		if _, err := CheckURL("X", raw); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, raw := range []string{"", "a.example", "/x", "//a.example", "http://a.example", "http://10.0.0.1", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://0.0.0.0/", "http://[::]/",
		"http://0x7f000001/", "http://2130706433/", "ftp://127.0.0.1/", "https:a.example", "https://", "https://:443", "https://user@a.example", "https://u:hunter2@a.example", "https://@a.example", "https://a.example/#x",
		"https://a\\@b.example", "https://a.example:x/", "https://a b/", "https://a.example/\x00", "unix:///run/x", "javascript:alert(1)", "http://[fe80::1%25eth0]/"} {
		_, err := CheckURL("X", raw)
		if e := wantFailure(t, err, BadSetting, "X"); strings.Contains(e.Error(), "hunter2") {
			t.Errorf("%s: %v", raw, e)
		}
	}
}

// What passes is what a client connects to.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://a.example/x?y", "http://127.0.0.1:1/", "http://[::1]", "https://a%2fb/", "https://a.example\\@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := CheckURL("X", raw)
		if err != nil {
			wantFailure(t, err, BadSetting)
			return
		}
		if u.Scheme != "https" && !IsLoopback(u.Hostname()) || u.User != nil || u.Hostname() == "" {
			t.Errorf("%q passes as %v", raw, u)
		}
		again, err := CheckURL("X", u.String())
		if err != nil || again.Host != u.Host || again.Scheme != u.Scheme {
			t.Errorf("%q: %v, %v", raw, again, err)
		}
	})
}

func TestTransportChecksCertificates(t *testing.T) {
	c := Transport(Connections{}).TLSClientConfig
	if c != nil && (c.InsecureSkipVerify || c.MinVersion != 0 && c.MinVersion < tls.VersionTLS12) {
		t.Errorf("TLS configuration %+v", c)
	}
}

// quiet keeps what a server has to say of hostile clients out of the tests' output.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
