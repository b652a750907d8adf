package hooks

import "testing"

// All rules that a file is held against share one reading of it, until it is another file.
func TestAPlaintextIsReadOnce(t *testing.T) {
	f := &judged{path: "a.yaml", src: []byte("a: b\n")}
	first, err := f.asPlain()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.asPlain(); err != nil || again != first {
		t.Errorf("it is read again: %v", err)
	}
	f.src = []byte("c: d\n") // as long
	other, err := f.asPlain()
	if err != nil || other == first {
		t.Errorf("another file is not read: %v", err)
	}
	values, err := other.Values(nil)
	if err != nil || len(values) != 1 || values[0].Text != "d" {
		t.Errorf("got %v, %v", values, err)
	}
	f.src = []byte("c: [\n")
	for range 2 {
		if _, err := f.asPlain(); err == nil {
			t.Error("what cannot be read is read")
		}
	}
}
