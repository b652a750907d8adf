package cloudtest

import (
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with a call.
type Fault struct {
	// Times is how many calls it befalls; 0 means every one.
	Times int
	// Delay passes before the answer, or before whatever else goes wrong.
	Delay time.Duration
	// Code is an error of the service, such as ThrottlingException, with
	// Status (0: 400) and Message.
	Code    string
	Status  int
	Message string
	// RetryAfter is the header of that name, in seconds; 0 means none.
	RetryAfter int
	// Drop closes the connection without an answer.
	Drop bool
	// Garbage answers 200 with bytes that are no answer.
	Garbage bool
	// HTML answers Status (0: 502) with an HTML page of so many bytes.
	HTML int
	// Cut closes the connection half-way through an answer.
	Cut bool
	// Redirect answers Status (0: 307) to this URL.
	Redirect string
	// Echo answers Code (AccessDeniedException if empty) with Status (0: 403) and a message that
	// quotes the credentials of the request: its headers and its body.
	Echo bool
	// Body answers 200 with this, in place of the true answer.
	Body string
}

// Faults injects faults and counts calls. The zero value is ready. It is safe
// for use by several goroutines.
type Faults struct {
	mu      sync.Mutex
	latency time.Duration
	byOp    map[string]*Fault
	counts  map[string]int
	current int
	peak    int
}

// Set makes calls of an operation go wrong; "" stands for every operation.
func (f *Faults) Set(op string, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byOp == nil {
		f.byOp = make(map[string]*Fault)
	}
	f.byOp[op] = &fault
}

// Clear ends all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byOp = nil
}

// SetLatency makes each call take at least this long.
func (f *Faults) SetLatency(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latency = d
}

// Count returns how many calls of an operation came in, failed ones included;
// "" counts all.
func (f *Faults) Count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if op != "" {
		return f.counts[op]
	}
	n := 0
	for c := range maps.Values(f.counts) {
		n += c
	}
	return n
}

// Peak returns the largest number of calls that were under way at once.
func (f *Faults) Peak() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.peak
}

// Begin counts a call and returns what is to go wrong with it; done ends it.
func (f *Faults) Begin(op string) (fault Fault, done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil {
		f.counts = make(map[string]int)
	}
	f.counts[op]++
	f.current++
	f.peak = max(f.peak, f.current)
	for _, name := range []string{op, ""} {
		p := f.byOp[name]
		if p == nil {
			continue
		}
		fault = *p
		if p.Times > 0 {
			if p.Times--; p.Times == 0 {
				delete(f.byOp, name)
			}
		}
		break
	}
	fault.Delay += f.latency
	return fault, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.current--
	}
}

// Strike lets a fault happen and reports whether the call is over. fail writes
// an error of the service.
func (fault Fault) Strike(w http.ResponseWriter, r *http.Request, fail func(status int, code, message string)) bool {
	if fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
			return true
		}
	}
	status := func(otherwise int) int {
		if fault.Status != 0 {
			return fault.Status
		}
		return otherwise
	}
	if fault.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(fault.RetryAfter))
	}
	switch {
	case fault.Drop:
		panic(http.ErrAbortHandler)
	case fault.Cut:
		w.Header().Set("Content-Length", "2000")
		io.WriteString(w, "{\n")
		http.NewResponseController(w).Flush() // so that the half is sent
		panic(http.ErrAbortHandler)
	case fault.Garbage:
		io.WriteString(w, "\x00\xff{[garbage")
	case fault.HTML > 0:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status(http.StatusBadGateway))
		const head = "<html><body>"
		io.WriteString(w, head+strings.Repeat("x", max(0, fault.HTML-len(head))))
	case fault.Redirect != "":
		w.Header().Set("Location", fault.Redirect)
		w.WriteHeader(status(http.StatusTemporaryRedirect))
	case fault.Echo:
		body, _ := ReadBody(r)
		code := fault.Code
		if code == "" {
			code = "AccessDeniedException"
		}
		fail(status(http.StatusForbidden), code, r.Header.Get("Authorization")+" "+r.Header.Get("X-Amz-Security-Token")+" "+string(body))
	case fault.Body != "":
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, fault.Body)
	case fault.Code != "":
		fail(status(http.StatusBadRequest), fault.Code, fault.Message)
	default:
		return false
	}
	return true
}
