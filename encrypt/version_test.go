package encrypt

import "testing"

// What sops could not read is not written again.
func TestReadableVersion(t *testing.T) {
	for v, want := range map[string]string{
		"3.9.0": "3.9.0", "3.13.3-rc.1": "3.13.3-rc.1", "10.0.1": "10.0.1",
		"": SOPSVersion, "3.7": SOPSVersion, "3": SOPSVersion, "x": SOPSVersion, "3.07.1": SOPSVersion, "3.7.1.2": SOPSVersion, "3.9.0-01": SOPSVersion, "3.9.0-rc..1": SOPSVersion,
	} {
		if got := readableVersion(v); got != want {
			t.Errorf("%q: got %q, want %q", v, got, want)
		}
	}
}
