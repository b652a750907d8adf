package policy

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

const (
	// maxRecipient bounds the length of a recipient: an SSH key of 16,384 bits has 2,700 letters, a post-quantum
	// recipient 1,959.
	maxRecipient = 16 << 10
	// x25519Size and hybridSize are the lengths of public keys (https://c2sp.org/age), in bytes.
	x25519Size = 32
	hybridSize = 1184 + x25519Size
)

var errRecipient = errors.New("it is mistyped or cut off")

// checkRecipient checks a recipient of age: X25519, post-quantum, of a plugin, or an SSH public key of type
// ssh-ed25519 or ssh-rsa. It does not check whether the numbers in it form a public key of the cipher.
func checkRecipient(s string) error {
	switch {
	case len(s) > maxRecipient:
		return errRecipient
	case strings.HasPrefix(s, "ssh-"):
		return checkSSHKey(s)
	case !strings.HasPrefix(s, "age1"):
		return errors.New("it must begin with age1, ssh-ed25519 or ssh-rsa")
	}
	prefix, size, ok := readBech32(s)
	switch {
	case !ok:
	case prefix == "age" && size == x25519Size:
		return nil
	case strings.HasPrefix(s, "age1pq1"):
		if prefix == "age1pq" && size == hybridSize {
			return nil
		}
	case len(prefix) > len("age1"): // and the name of a plugin
		return nil
	}
	return errRecipient
}

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// readBech32 reads a recipient (BIP 173, without its limit of length). It returns the text before the last 1, and the
// number of bytes after it. It accepts only lower-case letters, as all programs write recipients, and before the 1
// also the other characters of names of plugins.
func readBech32(s string) (prefix string, size int, ok bool) {
	i := strings.LastIndexByte(s, '1')
	if i < 1 || len(s)-i <= 6 || !text.IsLowerWord(s[:i], maxRecipient, "-._+") {
		return "", 0, false
	}
	sum := uint32(1)
	for j := range i {
		sum = bech32Step(sum, s[j]>>5)
	}
	sum = bech32Step(sum, 0)
	for j := range i {
		sum = bech32Step(sum, s[j]&31)
	}
	var values []byte
	for j := i + 1; j < len(s); j++ {
		v := strings.IndexByte(bech32Letters, s[j])
		if v < 0 {
			return "", 0, false
		}
		values = append(values, byte(v))
		sum = bech32Step(sum, byte(v))
	}
	values = values[:len(values)-6]
	bits := len(values) * 5
	if spare := bits % 8; spare >= 5 || spare > 0 && values[len(values)-1]&(1<<spare-1) != 0 {
		return "", 0, false
	}
	return s[:i], bits / 8, sum == 1
}

// bech32Step continues a checksum with one value of five bits.
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

// checkSSHKey accepts a line of an authorized_keys file without options (RFC 4253, section 6.6; RFC 8709), of a type
// and size that age supports.
func checkSSHKey(line string) error {
	words := strings.Fields(line)
	if len(words) < 2 || strings.ContainsAny(line, "\r\n") {
		return errRecipient
	}
	blob, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil {
		return errRecipient
	}
	kind, rest, ok := sshString(blob)
	if !ok || kind != words[0] {
		return errRecipient
	}
	switch kind {
	case "ssh-ed25519":
		key, rest, ok := sshString(rest)
		if !ok || len(key) != 32 || len(rest) > 0 {
			return errRecipient
		}
	case "ssh-rsa":
		exponent, rest, ok := sshNumber(rest)
		modulus, rest, also := sshNumber(rest)
		if !ok || !also || len(rest) > 0 || len(exponent) == 0 || len(exponent) > 3 || len(modulus) == 0 {
			return errRecipient
		}
		if last := exponent[len(exponent)-1]; last&1 == 0 || exponent == "\x01" {
			return errRecipient
		}
		if len(modulus) < 2048/8 || len(modulus) > 8192/8 {
			return errors.New("an RSA key must have 2,048 to 8,192 bits")
		}
	default:
		return errors.New("age supports only ssh-ed25519 and ssh-rsa keys")
	}
	return nil
}

// sshString reads a string of the SSH protocol (RFC 4251, section 5).
func sshString(b []byte) (s string, rest []byte, ok bool) {
	if len(b) < 4 {
		return "", nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

// sshNumber reads a positive number, without leading zeros.
func sshNumber(b []byte) (n string, rest []byte, ok bool) {
	n, rest, ok = sshString(b)
	if n != "" && n[0] >= 0x80 {
		return "", nil, false
	}
	return strings.TrimLeft(n, "\x00"), rest, ok
}
