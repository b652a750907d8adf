package hooks

import (
	"errors"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/copies"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// shapes remembers the shapes of the files that were looked at, nil for those that are not sealed.
type shapes struct {
	mu sync.Mutex
	by map[shapeKey]*copies.Shape
}

// shapeKey: the name decides the format.
type shapeKey struct {
	id   gitrepo.ID
	path string
}

// maxShapes is how many are remembered.
const maxShapes = 1 << 14

func (s *shapes) get(e gitrepo.Entry) (sh *copies.Shape, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh, known = s.by[shapeKey{e.ID, e.Path}]
	return sh, known
}

func (s *shapes) put(e gitrepo.Entry, sh *copies.Shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= maxShapes {
		s.by = map[shapeKey]*copies.Shape{}
	}
	s.by[shapeKey{e.ID, e.Path}] = sh
}

// maxSealed is how large a sealed file is compared with others.
const maxSealed = 4 << 20

// shape gives the shape of a file of the tree that is judged, or of what stood there before.
func (j *judge) shape(e gitrepo.Entry) (*copies.Shape, error) {
	if s, known := j.shapes.get(e); known {
		return s, nil
	}
	src, err := j.blob(e, maxSealed)
	if err != nil {
		return nil, err
	}
	s := copies.ShapeOf(e.Path, src)
	j.shapes.put(e, s)
	return s, nil
}

// folderSiblings are the files of one folder that may be sealed.
type folderSiblings struct {
	byWord map[string][]sibling // by the first word of their names
	others []string             // that a rule governs, or whose names say that they are sealed
}

type sibling struct{ name, core string }

// maxSiblings is how many files of a folder are asked whether a rule governs them, maxAlike with how many whose names
// only begin alike a plaintext is compared, and maxReads how many files are read for one plaintext at most.
const (
	maxSiblings = 64
	maxAlike    = 3
	maxReads    = 16
)

// siblings looks through a folder, once.
func (j *judge) siblings(dir string) (*folderSiblings, error) {
	if s := j.folders[dir]; s != nil {
		return s, nil
	}
	names, err := j.snap.tree.Names(j.ctx, dir)
	if err != nil {
		return nil, err
	}
	s := &folderSiblings{byWord: map[string][]sibling{}}
	asked := 0
	for _, name := range names {
		if !copies.MaySeal(name) {
			continue
		}
		word := copies.FirstWord(name)
		s.byWord[word] = append(s.byWord[word], sibling{name, copies.CoreName(name)})
		says := copies.SaysSealed(name)
		if asked++; !says && asked <= maxSiblings {
			rule, err := j.rule(j.own, path.Join(dir, name))
			says = err == nil && demands(rule)
		}
		if says && len(s.others) < maxSiblings {
			s.others = append(s.others, name)
		}
	}
	j.folders[dir] = s
	return s, nil
}

// keepPlain remembers a file in the clear, without its content, until all are judged: it is known by then which of them
// are sealed.
func (j *judge) keepPlain(f *judged) {
	if copies.MaySeal(path.Base(f.path)) {
		j.shapes.put(f.entry, nil)
	}
	if len(f.src) >= copies.LeastCopied && !f.inTheClear() && !neverGoverned(f.path) {
		f.src, f.parsed = nil, readPlain{}
		j.plain = append(j.plain, f)
	}
}

// findCopies looks whether files that were judged to be in the clear hold what a sealed file beside them hides. No key
// is needed for it.
func (j *judge) findCopies() error {
	slices.SortFunc(j.plain, func(a, b *judged) int { return strings.Compare(a.path, b.path) })
	for _, f := range j.plain {
		if err := f.findCopy(); err != nil {
			return err
		}
	}
	return nil
}

func (f *judged) findCopy() error {
	dir, base := path.Split(f.path)
	dir = strings.TrimSuffix(dir, "/")
	beside, err := f.siblings(dir)
	if err != nil {
		return err
	}
	var p *copies.Plaintext
	reads := 0
	for _, name := range beside.of(base) {
		e, ok, err := f.snap.tree.Lookup(f.ctx, path.Join(dir, name))
		if err != nil {
			return err
		}
		if !ok || !e.Mode.IsRegular() {
			continue
		}
		if _, known := f.shapes.get(e); !known {
			if reads++; reads > maxReads {
				continue
			}
		}
		s, err := f.shape(e)
		if errors.Is(err, gitrepo.ErrMissing) {
			continue // not here, as in a partial clone: nobody changes it
		}
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if p == nil {
			if p, err = f.read(); err != nil || p == nil {
				return err
			}
		}
		if p.Copies(s) {
			return f.copyOf(s)
		}
	}
	return nil
}

// of lists the files that a plaintext is compared with: those of the same core name, those that are sealed by a rule or
// by their name, and a few of the others whose names begin with the same word.
func (s *folderSiblings) of(base string) []string {
	var same, few []string
	core := copies.CoreName(base)
	for _, b := range s.byWord[copies.FirstWord(base)] {
		switch {
		case b.name == base:
		case b.core == core:
			same = append(same, b.name)
		case len(few) < maxAlike && !slices.Contains(s.others, b.name):
			few = append(few, b.name)
		}
	}
	for _, name := range s.others {
		if name != base && !slices.Contains(same, name) {
			same = append(same, name)
		}
	}
	return append(same, few...)
}

// read reads the plaintext again, which was not kept; nil if it is too large.
func (f *judged) read() (*copies.Plaintext, error) {
	var err error
	if f.src, err = f.oldBlob(f.entry); f.src == nil || err != nil {
		return nil, err
	}
	if err := f.throughLFS(); err != nil {
		return nil, err
	}
	return &copies.Plaintext{Path: f.path, Src: f.src}, nil
}

// copyFingerprint names a copy in lists of accepted findings. What it hashes stays as it is, however the message reads.
func copyFingerprint(path, sealed string) string {
	return fingerprint(Finding{Code: CodeCopy, Path: path, Message: "holds in the clear what " + text.Path(sealed) + " beside it holds encrypted"})
}

// copyOf reports that the file is the plaintext of a sealed one. People can accept it as they accept a leak: lengths
// and names do not prove it.
func (f *judged) copyOf(s *copies.Shape) error {
	f.report = Report{}
	finding := Finding{Code: CodeCopy, Message: "contains the plaintext of " + text.Path(s.Path) + ", an encrypted file beside it", Fix: restoreFix(f)}
	finding.Path = f.path
	finding.Fingerprint = copyFingerprint(f.path, s.Path)
	var err error
	if finding.Accepted, err = f.accept.accepts(f.ctx, f.path, string(CodeCopy), finding.Fingerprint); err != nil {
		return err
	}
	f.add(finding)
	if finding.Accepted == "" {
		f.judge.report.dropLeaks(f.path)
	}
	f.judge.report.add(&f.report)
	return nil
}

// dropLeaks drops what the scan found in a file that is refused as a whole.
func (r *Report) dropLeaks(path string) {
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		return f.Path == path && strings.HasPrefix(string(f.Code), LeakCode)
	})
}
