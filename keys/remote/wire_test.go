package remote

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// FuzzWire: what Google's library reads, without groups, we read as it does, and
// nothing else.
func FuzzWire(f *testing.F) {
	for _, m := range [][]byte{
		nil, {0}, {10}, {10, 5, 1}, appendBytes(nil, 1, []byte("data key")), appendText(appendBytes(nil, 1, nil), 2, "text"),
		protowire.AppendFixed64(protowire.AppendTag(appendBytes(nil, 1, []byte("x")), 9, protowire.Fixed64Type), 7),
		protowire.AppendFixed32(protowire.AppendTag(appendBytes(nil, 1, []byte("x")), 9, protowire.Fixed32Type), 7),
		protowire.AppendVarint(protowire.AppendTag(appendBytes(nil, 1, []byte("x")), 1<<29-1, protowire.VarintType), 1<<63),
		{0x0b, 0x0c}, {0xf8, 0xff, 0xff, 0xff, 0x30, 0x30}, {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, {0x09, 1, 2, 3},
	} {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		for len(m) > 0 {
			field, kind, n := protowire.ConsumeTag(m)
			size := -1
			if n > 0 && kind != protowire.StartGroupType && kind != protowire.EndGroupType {
				size = protowire.ConsumeFieldValue(field, kind, m[n:])
			}
			number, content, rest, ok := nextField(m)
			if ok != (size >= 0) {
				t.Fatalf("%x: read %v, want %v", m, ok, size >= 0)
			}
			if !ok {
				return
			}
			if number != uint64(field) || len(rest) != len(m)-n-size {
				t.Fatalf("%x: field %d with %d bytes behind, want %d with %d", m, number, len(rest), field, len(m)-n-size)
			}
			if kind == protowire.BytesType {
				if want, _ := protowire.ConsumeBytes(m[n:]); !bytes.Equal(content, want) {
					t.Fatalf("%x: %x, want %x", m, content, want)
				}
			} else if content != nil {
				t.Fatalf("%x: content of a number", m)
			}
			m = rest
		}
	})
}

// What we write, Google's library reads.
func TestWireWrites(t *testing.T) {
	for _, size := range []int{0, 1, 127, 128, 20000} {
		m := appendBytes(nil, 7, bytes.Repeat([]byte("x"), size))
		field, kind, n := protowire.ConsumeTag(m)
		content, end := protowire.ConsumeBytes(m[n:])
		if field != 7 || kind != protowire.BytesType || len(content) != size || n+end != len(m) {
			t.Errorf("%d bytes: field %d, kind %d, %d bytes", size, field, kind, len(content))
		}
	}
}
