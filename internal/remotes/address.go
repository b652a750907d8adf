package remotes

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// addressOf says which repository a URL leads to: its host and path, without who asks, by which protocol, with what
// password. Over https and over ssh the same host and path are the same repository.
func addressOf(url string) string {
	url = strings.TrimSpace(url)
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		// A colon before the first slash makes it host:path (git-fetch(1), GIT URLS), but not C:\path.
		host, path, scp := strings.Cut(url, ":")
		if !scp || strings.ContainsAny(host, `/\`) || len(host) == 1 {
			return "file:" + strings.TrimRight(filepath.ToSlash(url), "/")
		}
		scheme, rest = "ssh", host+"/"+strings.TrimLeft(path, "/")
	}
	scheme = strings.ToLower(scheme)
	if scheme == "file" {
		return "file:" + strings.TrimRight(rest, "/")
	}
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host = strings.ToLower(host)
	for _, port := range defaultPorts[scheme] {
		host = strings.TrimSuffix(host, port)
	}
	if defaultPorts[scheme] == nil {
		host = scheme + ":" + host
	}
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimRight(path, "/")
	return host + "/" + strings.TrimSuffix(path, ".git")
}

var defaultPorts = map[string][]string{
	"https": {":443"}, "http": {":80"}, "ssh": {":22"}, "git": {":9418"}, "git+ssh": {":22"}, "ssh+git": {":22"},
}

// sameAddress compares a URL with one as git writes it into FETCH_HEAD and logs: without last slashes and ".git", also
// of a folder.
func sameAddress(url, written string) bool {
	cut := func(s string) string {
		return strings.TrimSuffix(strings.TrimRight(strings.TrimSuffix(addressOf(s), "/.git"), "/"), ".git")
	}
	return written != "" && cut(url) == cut(written)
}

// hashOf is what is kept of an address.
func hashOf(url string) string {
	sum := sha256.Sum256([]byte("gitsecrets remote\x00" + addressOf(url)))
	return hex.EncodeToString(sum[:16])
}
