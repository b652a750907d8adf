package policy

import (
	"crypto/sha256"
	"io/fs"
	"sync"
)

// maxCached is the largest number of policies in a Cache.
const maxCached = 64

// Cache remembers policies by name and content. It is for the resolvers of many trees with mostly the same policies,
// such as the commits of a range. The zero value is ready to use, by several goroutines.
type Cache struct {
	mu     sync.Mutex
	parsed map[cacheKey]*parsed
}

type cacheKey struct {
	name string
	sum  [sha256.Size]byte
}

type parsed struct {
	once   sync.Once
	policy *Policy
	err    error
}

// NewResolver is the function [NewResolver], with a resolver that parses only policies that are not in the cache.
func (c *Cache) NewResolver(tree fs.FS) *Resolver {
	r := NewResolver(tree)
	r.parse = c.parse
	return r
}

func (c *Cache) parse(name string, src []byte) (*Policy, error) {
	key := cacheKey{name, sha256.Sum256(src)}
	c.mu.Lock()
	p := c.parsed[key]
	if p == nil {
		if c.parsed == nil || len(c.parsed) >= maxCached {
			c.parsed = make(map[cacheKey]*parsed)
		}
		p = &parsed{}
		c.parsed[key] = p
	}
	c.mu.Unlock()
	p.once.Do(func() { p.policy, p.err = Parse(name, src) })
	return p.policy, p.err
}
