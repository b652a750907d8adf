package encrypt

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/getsops/sops/v3/shamir"
)

// Shares of ours are put together by sops, and sops's by us, whichever of them are
// there and in whatever order.
func TestShamirAgreesWithSops(t *testing.T) {
	type split func([]byte, int, int) ([][]byte, error)
	type combine func([][]byte) ([]byte, error)
	for name, way := range map[string]struct {
		split   split
		combine combine
	}{
		"ours, ours": {splitSecret, combineShares},
		"ours, sops": {splitSecret, shamir.Combine},
		"sops, ours": {shamir.Split, combineShares},
	} {
		for _, c := range []struct{ size, shares, threshold int }{
			{32, 2, 2}, {32, 3, 2}, {32, 5, 3}, {32, 5, 5}, {1, 3, 2}, {100, 4, 3}, {8, 255, 2}, {1, 255, 255},
		} {
			secret := make([]byte, c.size)
			rand.Read(secret)
			shares, err := way.split(secret, c.shares, c.threshold)
			if err != nil {
				t.Fatalf("%s, %+v: %v", name, c, err)
			}
			for first := range shares {
				some := make([][]byte, c.threshold)
				for i := range some {
					some[i] = shares[(first+i*(c.shares-1))%c.shares] // backwards, from each
				}
				if got, err := way.combine(some); err != nil || !bytes.Equal(got, secret) {
					t.Fatalf("%s, %+v, from share %d: %v", name, c, first, err)
				}
				if c.shares > 10 && first > 0 {
					break
				}
			}
			if got, err := way.combine(shares); err != nil || !bytes.Equal(got, secret) {
				t.Errorf("%s, %+v, all: %v", name, c, err)
			}
		}
	}
}

// What sops refuses to split or to put together, we refuse.
func TestShamirRefusesWhatSopsRefuses(t *testing.T) {
	secret := []byte("throw-away")
	for _, c := range [][2]int{{1, 1}, {2, 1}, {2, 3}, {2, 0}, {0, 0}, {256, 2}, {300, 256}, {3, -1}, {2, 2}} {
		_, ours := splitSecret(secret, c[0], c[1])
		_, theirs := shamir.Split(secret, c[0], c[1])
		if (ours == nil) != (theirs == nil) {
			t.Errorf("split %v: %v, sops %v", c, ours, theirs)
		}
	}
	if _, err := splitSecret(nil, 2, 2); err == nil {
		t.Error("nothing was split")
	}
	for name, shares := range map[string][][]byte{
		"none": {}, "one": {{1, 1}}, "empty": {{}, {}}, "only x": {{1}, {2}}, "lengths": {{1, 1}, {1, 2, 3}},
		"twice": {{1, 7}, {2, 7}}, "right": {{1, 7}, {2, 8}},
	} {
		_, ours := combineShares(shares)
		_, theirs := shamir.Combine(shares)
		if (ours == nil) != (theirs == nil) {
			t.Errorf("combine %s: %v, sops %v", name, ours, theirs)
		}
	}
	if _, err := combineShares([][]byte{{1, 0}, {2, 1}}); err == nil {
		t.Error("a share at 0 was taken, which is the secret itself")
	}
}

// One share fewer than needed tells nothing: each byte of the secret is as likely as
// any other, whatever the share.
func TestShamirHides(t *testing.T) {
	for value := range 256 {
		found := false
		for guess := range 256 {
			// The line through the share (x=1, y=77) and (0, value).
			if polynomialAt(1, byte(value), []byte{byte(guess)}) == 77 {
				if found {
					t.Fatalf("two lines for %d", value)
				}
				found = true
			}
		}
		if !found {
			t.Fatalf("no line for %d", value)
		}
	}
}
