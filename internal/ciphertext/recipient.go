package ciphertext

import "strings"

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// AgeRecipient reports whether s is a recipient of age, of a plugin of age or
// a post-quantum one, with a checksum that fits (BIP 173).
func AgeRecipient(s string) bool {
	i := strings.LastIndexByte(s, '1')
	if !strings.HasPrefix(s, "age1") || i < 3 || len(s)-i <= 6 || len(s) > 16<<10 {
		return false
	}
	sum := uint32(1)
	for j := range i {
		sum = bech32Step(sum, s[j]>>5)
	}
	sum = bech32Step(sum, 0)
	for j := range i {
		if c := s[j]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '+') {
			return false
		}
		sum = bech32Step(sum, s[j]&31)
	}
	for j := i + 1; j < len(s); j++ {
		v := strings.IndexByte(bech32Letters, s[j])
		if v < 0 {
			return false
		}
		sum = bech32Step(sum, byte(v))
	}
	return sum == 1
}

// bech32Step goes on with a checksum by one value of five bits.
func bech32Step(sum uint32, v byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
}
