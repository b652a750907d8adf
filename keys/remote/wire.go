package remote

import "encoding/binary"

// The encoding of protocol buffers (https://protobuf.dev/programming-guides/encoding/), as
// far as five messages need it. Google's library reads the program's own file at each
// start, to be less predictable.

// Kinds of fields.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// maxWireField is the highest number of a field that Google's library takes.
const maxWireField = 1<<31 - 1

func appendText(m []byte, field uint64, s string) []byte {
	if s == "" {
		return m
	}
	return appendBytes(m, field, []byte(s))
}

func appendBytes(m []byte, field uint64, b []byte) []byte {
	m = binary.AppendUvarint(m, field<<3|wireBytes)
	m = binary.AppendUvarint(m, uint64(len(b)))
	return append(m, b...)
}

// nextField takes the first field from a message, with its content if that is text or
// bytes, else nil. Groups, which are no longer in use, are refused.
func nextField(m []byte) (field uint64, content, rest []byte, ok bool) {
	tag, n := binary.Uvarint(m)
	if field = tag >> 3; n <= 0 || field == 0 || field > maxWireField {
		return 0, nil, nil, false
	}
	m = m[n:]
	size := uint64(0)
	switch tag & 7 {
	case wireVarint:
		_, n := binary.Uvarint(m)
		return field, nil, m[max(n, 0):], n > 0
	case wireFixed64:
		size = 8
	case wireFixed32:
		size = 4
	case wireBytes:
		length, n := binary.Uvarint(m)
		if n <= 0 || length > uint64(len(m)-n) {
			return 0, nil, nil, false
		}
		return field, m[n : uint64(n)+length], m[uint64(n)+length:], true
	default:
		return 0, nil, nil, false
	}
	if size > uint64(len(m)) {
		return 0, nil, nil, false
	}
	return field, nil, m[size:], true
}
