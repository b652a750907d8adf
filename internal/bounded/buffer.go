package bounded

// Buffer holds the first bytes that are written to it, as many as Limit says.
type Buffer struct {
	Limit int
	// Strict refuses a write that would go beyond the limit, so that a program that
	// prints without end ends; else what is too much is dropped.
	Strict bool

	b    []byte
	full bool
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	room := b.Limit - len(b.b)
	if len(p) > room {
		b.full = true
		b.b = append(b.b, p[:room]...)
		if b.Strict {
			return room, ErrTooLong
		}
		return len(p), nil
	}
	b.b = append(b.b, p...)
	return len(p), nil
}

// Bytes are what the buffer holds.
func (b *Buffer) Bytes() []byte { return b.b }

// Full reports whether more was written than the buffer holds.
func (b *Buffer) Full() bool { return b.full }
