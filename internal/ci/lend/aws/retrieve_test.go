package aws

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// Many files at once ask once; near the end of the session they ask again.
func TestAWSRetrieveOnce(t *testing.T) {
	a := newAWSTest(t)
	var offset atomic.Int64
	a.world.Clock = func() time.Time { return citest.Noon().Add(time.Duration(offset.Load())) }
	a.source.life = time.Hour
	p := a.make(t)
	ask := func(n int) {
		t.Helper()
		var all sync.WaitGroup
		for range n {
			all.Go(func() {
				if got, err := p.Retrieve(context.Background()); err != nil || !got.HasKeys() {
					t.Errorf("%v", err)
				}
				p.Identity()
			})
		}
		all.Wait()
	}
	for _, step := range []struct {
		after time.Duration
		asked int
	}{{0, 1}, {13 * time.Minute, 1}, {14*time.Minute - time.Second, 1}, {14 * time.Minute, 2}} {
		offset.Store(int64(step.after))
		ask(1)
		if step.after < 14*time.Minute {
			ask(20)
		}
		if got := len(a.sts.seen()); got != step.asked {
			t.Errorf("after %v: %d requests, want %d", step.after, got, step.asked)
		}
	}
	a = newAWSTest(t)
	p = a.make(t)
	ask(50)
	if got := len(a.sts.seen()); got != 1 {
		t.Errorf("50 at once: %d requests", got)
	}
}

// What STS refused for good is not asked for again; what may pass is.
func TestAWSRetrieveAfterFailure(t *testing.T) {
	for script, want := range map[string]int{"403 AccessDenied: x": 1, "500 InternalFailure: x": 2} {
		a := newAWSTest(t, script)
		a.world.Attempts = 1
		p := a.make(t)
		for range 2 {
			if _, err := p.Retrieve(context.Background()); err == nil {
				t.Errorf("%s: no error", script)
			}
		}
		if got := len(a.sts.seen()); got != want {
			t.Errorf("%s: %d requests, want %d", script, got, want)
		}
	}
}

// If the caller that asks goes away, another one that waits asks in its place.
func TestAWSRetrieveCanceled(t *testing.T) {
	arrived := make(chan struct{}, 1)
	a := newAWSTest(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}, assumed(awsSession))
	p := a.make(t)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := p.Retrieve(ctx); err == nil {
			t.Error("the canceled one got credentials")
		}
	})
	<-arrived
	for range 3 {
		all.Go(func() {
			if _, err := p.Retrieve(context.Background()); err != nil {
				t.Errorf("one who waits: %v", err)
			}
		})
	}
	gone, goneNow := context.WithCancel(context.Background())
	goneNow()
	if _, err := p.Retrieve(gone); err == nil {
		t.Error("one who is gone already got credentials")
	}
	cancel()
	all.Wait()
	if got := len(a.sts.seen()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
}

// Every request to AWS KMS asks for the credentials.
func BenchmarkAWSRetrieve(b *testing.B) {
	p := &Lender{w: *awsWorld(nil), session: &session{}}
	p.session.credentials.CanExpire, p.session.credentials.Expires = true, citest.Noon().Add(time.Hour)
	for b.Loop() {
		if _, err := p.Retrieve(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
