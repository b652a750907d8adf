package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"sync"

	"filippo.io/age"
	"github.com/getsops/gopgagent"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// passphraseTries is how often a person may mistype a passphrase.
const passphraseTries = 3

// lockedIdentities are the identities in an age file behind a passphrase. It
// is asked for when nothing else opened the file, and once.
type lockedIdentities struct {
	source   string
	contents []byte // of the age file, without armor
	ask      func(contents []byte, wrong bool) (string, error)
	forget   func(contents []byte) // a passphrase that was wrong
	parse    func(text []byte) ([]Held, error)

	once sync.Once
	held []Held
	err  error
}

func (s *Finder) locked(source string, contents []byte) []Held {
	l := &lockedIdentities{source: source, contents: contents, forget: forgetPassphrase}
	l.ask = func(contents []byte, wrong bool) (string, error) { return s.askPassphrase(source, contents, wrong) }
	l.parse = func(text []byte) ([]Held, error) {
		return ParseLines(source, text, false, s.world.UI)
	}
	return []Held{{Identity: l, Source: source, Rank: RankLocked}}
}

func (l *lockedIdentities) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	l.once.Do(func() { l.held, l.err = l.open() })
	if l.err != nil {
		return nil, l.err
	}
	for _, h := range l.held {
		fileKey, err := h.Unwrap(stanzas)
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return fileKey, err
		}
	}
	return nil, age.ErrIncorrectIdentity
}

func (l *lockedIdentities) open() ([]Held, error) {
	for try := range passphraseTries {
		asking := &askingIdentity{ask: func() (string, error) { return l.ask(l.contents, try > 0) }}
		r, err := age.Decrypt(bytes.NewReader(l.contents), asking)
		if asking.err != nil {
			return nil, &placeError{source: l.source, msg: "needs its passphrase: " + asking.err.Error(), err: asking.err}
		}
		if asking.wrong {
			l.forget(l.contents)
			continue
		}
		if err == nil {
			var text []byte
			if text, err = bounded.Read(r, maxFile); err == nil {
				return l.parse(text)
			}
		}
		if !asking.asked {
			return nil, &placeError{source: l.source, msg: "is an age file that is not encrypted with a passphrase"}
		}
		return nil, &placeError{source: l.source, msg: "is a damaged age file"}
	}
	return nil, &placeError{source: l.source, msg: "wrong passphrase"}
}

// askingIdentity asks for the passphrase when it meets a file that has one.
type askingIdentity struct {
	ask          func() (string, error)
	asked, wrong bool
	err          error
}

func (a *askingIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != "scrypt" {
		return nil, age.ErrIncorrectIdentity
	}
	a.asked = true
	pass, err := a.ask()
	if err == nil && pass == "" {
		err = errors.New("no passphrase was given")
	}
	if err != nil {
		a.err = err
		return nil, err
	}
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		a.err = err
		return nil, err
	}
	fileKey, err := id.Unwrap(stanzas)
	a.wrong = errors.Is(err, age.ErrIncorrectIdentity)
	return fileKey, err
}

// askPassphrase asks gpg-agent, which may remember the answer and has a window
// of its own, as sops does; where there is none, the terminal.
func (s *Finder) askPassphrase(source string, contents []byte, wrong bool) (string, error) {
	agent, err := gopgagent.NewConn()
	if err != nil {
		prompt := "passphrase of " + source + ": "
		if wrong {
			prompt = "wrong passphrase, try again: "
		}
		pass, err := s.world.Terminal.Secret(s.ctx, prompt)
		return string(pass), err
	}
	request := &gopgagent.PassphraseRequest{
		CacheKey: passphraseCacheKey(contents),
		Prompt:   "Passphrase",
		Desc:     fmt.Sprintf("Enter passphrase for identity '%s':", source),
	}
	if wrong {
		request.Error = "Wrong passphrase"
	}
	type answer struct {
		pass string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		defer agent.Close()
		pass, err := agent.GetPassphrase(request)
		answered <- answer{pass, err}
	}()
	select {
	case a := <-answered:
		if errors.Is(a.err, gopgagent.ErrCancel) {
			return "", errors.New("the question for the passphrase was cancelled")
		}
		if a.err != nil {
			return "", errors.New("gpg-agent does not return the passphrase")
		}
		return a.pass, nil
	case <-s.ctx.Done():
		return "", context.Cause(s.ctx)
	}
}

func forgetPassphrase(contents []byte) {
	agent, err := gopgagent.NewConn()
	if err != nil {
		return
	}
	defer agent.Close()
	// A passphrase that stays in the cache is asked for again, with a message.
	_ = agent.RemoveFromCache(passphraseCacheKey(contents))
}

// passphraseCacheKey is the name under which sops, too, keeps the passphrase of
// an identity file in gpg-agent: at most 50 letters.
func passphraseCacheKey(contents []byte) string {
	sum := sha256.Sum256(contents)
	return "SopsAge" + base32.StdEncoding.EncodeToString(sum[:25])
}
