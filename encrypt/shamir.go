package encrypt

import (
	"crypto/rand"
	"errors"
)

// Shamir's secret sharing as sops has it, who has it from Vault: each byte of the
// secret is the value at 0 of a random polynomial over GF(2^8), and a share is the
// values of all polynomials at one x, followed by that x.

// maxShares is how many x there are besides 0.
const maxShares = 255

// splitSecret makes shares, of which any threshold give the secret back, and fewer
// tell nothing of it but its length.
func splitSecret(secret []byte, shares, threshold int) ([][]byte, error) {
	switch {
	case len(secret) == 0:
		return nil, errors.New("there is nothing to split")
	case threshold < 2 || threshold > shares || shares > maxShares:
		return nil, errors.New("the threshold must be at least 2, and there must be as many shares, and at most 255")
	}
	out := make([][]byte, shares)
	for i := range out {
		out[i] = append(make([]byte, len(secret)), byte(i+1))
	}
	higher := make([]byte, threshold-1) // coefficients, that of x first
	for i, b := range secret {
		if _, err := rand.Read(higher); err != nil {
			return nil, err
		}
		for _, share := range out {
			share[i] = polynomialAt(share[len(secret)], b, higher)
		}
	}
	return out, nil
}

// polynomialAt is the value at x, by Horner's method.
func polynomialAt(x, constant byte, higher []byte) byte {
	var y byte
	for i := len(higher) - 1; i >= 0; i-- {
		y = timesGF(y^higher[i], x)
	}
	return y ^ constant
}

var errShares = errors.New("the shares do not fit together")

// combineShares gives back the secret of as many shares as its threshold was. More
// are no harm; fewer, or those of another secret, give nonsense that nothing here
// can tell from the secret.
func combineShares(shares [][]byte) ([]byte, error) {
	if len(shares) < 2 || len(shares[0]) < 2 {
		return nil, errShares
	}
	n := len(shares[0]) - 1
	seen := map[byte]bool{0: true} // no share is the secret itself
	for _, s := range shares {
		if len(s) != n+1 || seen[s[n]] {
			return nil, errShares
		}
		seen[s[n]] = true
	}
	secret := make([]byte, n)
	for i, s := range shares {
		weight := lagrangeAtZero(shares, i)
		for j := range secret {
			secret[j] ^= timesGF(s[j], weight)
		}
	}
	return secret, nil
}

// lagrangeAtZero is the value at 0 of the polynomial that is 1 at the x of share i,
// and 0 at those of all others.
func lagrangeAtZero(shares [][]byte, i int) byte {
	last := len(shares[i]) - 1
	above, below := byte(1), byte(1)
	for j, s := range shares {
		if j != i {
			above = timesGF(above, s[last])
			below = timesGF(below, s[last]^shares[i][last])
		}
	}
	return timesGF(above, inverseGF(below))
}

// timesGF multiplies modulo x^8+x^4+x^3+x+1, the polynomial of AES (FIPS 197, section
// 4.2). It takes the same time for all numbers: some are secret.
func timesGF(a, b byte) byte {
	var product byte
	for range 8 {
		product ^= -(b & 1) & a
		a = a<<1 ^ -(a>>7)&0x1b
		b >>= 1
	}
	return product
}

// inverseGF is a to the power of 254: to that of 255 all but 0 are 1.
func inverseGF(a byte) byte {
	power := byte(1)
	for range 127 {
		power = timesGF(power, timesGF(a, a))
	}
	return power
}
