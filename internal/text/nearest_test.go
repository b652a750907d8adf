package text

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"age", "path_regex", "encrypted_regex", "kms"}
	for name, want := range map[string]string{
		"path_regx": "path_regex", "path_rgeex": "path_regex", "PATH_REGEX": "path_regex", "encrypted_regexp": "encrypted_regex",
		"agee": "age", "aeg": "age", "kmz": "kms", "pgp": "", "regex": "", "": "", "path": "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
