package remotes

import (
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, same := range [][]string{
		{"https://example.org/o/r.git", "https://example.org/o/r", "https://user:pw@Example.ORG/o/r.git/", "https://example.org:443/o/r?x=y",
			"git@example.org:o/r.git", "ssh://git@example.org/o/r.git", "ssh://example.org:22/o/r", "git://example.org/o/r.git"},
		{"https://example.org:8443/o/r.git"},
		{"https://example.org/o/R"},
		{"https://example.com/o/r"},
		{"ssh://example.org:2222/o/r.git"},
		{"/srv/git/r.git", "/srv/git/r.git/", "file:///srv/git/r.git"},
		{"/srv/git/r"},
		{"../r.git"},
		{"C:/git/r", "C:/git/r/"},
		{"codecommit://profile@r"},
		{"ext::ssh -i key host %S o/r"},
		{""},
	} {
		for _, url := range same {
			if addressOf(url) != addressOf(same[0]) {
				t.Errorf("%q is %q, %q is %q", url, addressOf(url), same[0], addressOf(same[0]))
			}
			if strings.Contains(addressOf(url), "pw") {
				t.Errorf("%q has the password in %q", url, addressOf(url))
			}
		}
	}
	all := map[string]string{}
	for _, url := range []string{"https://example.org/o/r", "https://example.org:8443/o/r.git", "https://example.org/o/R", "https://example.com/o/r",
		"/srv/git/r.git", "/srv/git/r", "../r.git", "codecommit://profile@r", ""} {
		if other, ok := all[hashOf(url)]; ok {
			t.Errorf("%q and %q have one hash", url, other)
		}
		all[hashOf(url)] = url
	}
	if !sameAddress("/srv/git/r.git", "/srv/git/r") || !sameAddress("https://u:p@example.org/r.git", "https://example.org/r") || sameAddress("", "") {
		t.Error("what git writes of an address")
	}
}
