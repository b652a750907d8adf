package call

import (
	"net/netip"
	"net/url"
	"strings"
)

// CheckURL refuses a URL to which no credential may be sent: anything but
// https, or http to this machine's loopback; with a user or a fragment. what
// is where the URL stands, for the message.
func CheckURL(what, raw string) (*url.URL, error) {
	bad := func(why string) (*url.URL, error) {
		return nil, &Error{Failure: BadSetting, Text: what + " is not a URL that a credential may be sent to: " + why}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return bad("it cannot be read")
	case u.Hostname() == "" || u.Opaque != "":
		return bad("it names no host")
	case u.User != nil:
		return bad("it holds a user name or password")
	case u.Fragment != "":
		return bad("it has a fragment")
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return bad("it is not encrypted: https is needed")
	case u.Scheme != "https" && u.Scheme != "http":
		return bad("its scheme is not https")
	}
	return u, nil
}

// IsLoopback reports whether a host is this machine by its name alone.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
