package document

import "unsafe"

// textOf and bytesOf convert without a copy, so that a value of 100 MB stands
// in memory once. Nothing in this package writes to a source, nor to the bytes
// of a string.
func textOf(b []byte) string  { return unsafe.String(unsafe.SliceData(b), len(b)) }
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
