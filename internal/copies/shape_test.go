package copies

import "testing"

func TestLongestWord(t *testing.T) {
	for name, want := range map[string]string{"DB_PASSWORD": "password", "dbPassword": "password", "db.password": "password", "APIToken": "apitoken", "x": "x", "": "", "_-": "",
		"tls.crt": "tls", "passwort-für": "passwort", "größe": "größe"} {
		if got := longestWord(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
