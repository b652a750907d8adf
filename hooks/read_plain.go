package hooks

import "github.com/gitsecrets/gitsecrets/encrypt"

// readPlain is a file that was read as a plaintext.
type readPlain struct {
	src   []byte // of which
	plain *encrypt.Plain
	err   error
}

// asPlain reads the file as a plaintext, once for all rules.
func (f *judged) asPlain() (*encrypt.Plain, error) {
	if p := f.parsed; p.plain == nil && p.err == nil || !isSlice(p.src, f.src) {
		plain, err := encrypt.ParsePlain(encrypt.FileAt(f.path), f.src)
		f.parsed = readPlain{f.src, plain, err}
	}
	return f.parsed.plain, f.parsed.err
}

// isSlice reports whether two slices are one, not only equal.
func isSlice(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
