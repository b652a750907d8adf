package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// shape writes a file of about n values, one value at a time: this program has
// to stay small.
type shape struct {
	name, ext string
	write     func(w *bufio.Writer, n int)
	// wide shapes cost sops time that grows with the square of their size.
	wide bool
}

func value(i int) string { return fmt.Sprintf("secret-%08d-of-the-service", i) }

var shapes = []shape{
	{name: "YAML, nested, as people write it", ext: "yaml", write: func(w *bufio.Writer, n int) { nestedYAML(w, n, "  ", true) }},
	{name: "YAML, nested, as sops emits it", ext: "yaml", write: func(w *bufio.Writer, n int) { nestedYAML(w, n, "    ", false) }},
	{name: "YAML, one wide map", ext: "yaml", wide: true, write: func(w *bufio.Writer, n int) {
		for i := range n {
			fmt.Fprintf(w, "value%06d: %s\n", i, value(i))
		}
	}},
	{name: "JSON, one wide object", ext: "json", wide: true, write: func(w *bufio.Writer, n int) {
		w.WriteString("{\n")
		for i := range n {
			comma := ","
			if i == n-1 {
				comma = ""
			}
			fmt.Fprintf(w, "\t\"value%06d\": %q%s\n", i, value(i), comma)
		}
		w.WriteString("}\n")
	}},
	{name: "dotenv", ext: "env", write: func(w *bufio.Writer, n int) {
		for i := range n {
			fmt.Fprintf(w, "value%06d=%s\n", i, value(i))
		}
	}},
	{name: "INI, one section", ext: "ini", wide: true, write: func(w *bufio.Writer, n int) {
		w.WriteString("[section]\n")
		for i := range n {
			fmt.Fprintf(w, "value%06d = %s\n", i, value(i))
		}
	}},
}

// nestedYAML writes services of ten values each, a hundred services in a region.
func nestedYAML(w *bufio.Writer, n int, indent string, byHand bool) {
	for i := 0; i < n; i += 10 {
		if i%1000 == 0 {
			fmt.Fprintf(w, "region%d:\n", i/1000)
		}
		if byHand {
			fmt.Fprintf(w, "%s# service %d\n", indent, i/10)
		}
		fmt.Fprintf(w, "%sservice%d:\n", indent, i/10)
		in := indent + indent
		quote := ""
		if byHand {
			quote = `"`
		}
		fmt.Fprintf(w, "%shost: %sdb%d.example.invalid%s\n%sport: %d\n%sratio: 0.5\n%senabled: true\n", in, quote, i, quote, in, 1024+i%60000, in, in)
		fmt.Fprintf(w, "%spassword: %s%s%s\n", in, quote, value(i), quote)
		for j := range 3 {
			fmt.Fprintf(w, "%svalue%d: %s\n", in, j, value(i+j))
		}
		fmt.Fprintf(w, "%slist:\n", in)
		item := in + indent
		if byHand {
			item = in
		}
		fmt.Fprintf(w, "%s- %s\n%s- %s\n", item, value(i+8), item, value(i+9))
	}
}

// makeFile writes a file of n values.
func (s *scratch) makeFile(name string, sh shape, n int) error {
	return s.makeWith(name, func(w *bufio.Writer) { sh.write(w, n) })
}

// makeBytes writes a binary file.
func (s *scratch) makeBytes(name string, size int) error {
	return s.makeWith(name, func(w *bufio.Writer) {
		x := uint64(88172645463325252) // xorshift: bytes that do not compress
		for range size / 8 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			w.Write([]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24), byte(x >> 32), byte(x >> 40), byte(x >> 48), byte(x >> 56)})
		}
	})
}

func (s *scratch) makeWith(name string, write func(*bufio.Writer)) (err error) {
	f, err := os.Create(s.path(name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	write(w)
	return w.Flush()
}
