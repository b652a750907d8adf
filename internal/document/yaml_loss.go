package document

import (
	"strconv"
	"strings"
)

// lossList gathers losses with their paths while a tree is read.
type lossList struct {
	steps []step
	list  []LossAt
	told  int // bytes of the paths in list
}

// maxPaths is how much of paths is told in full, in bytes. Without a limit
// many losses below long names would take memory quadratic in the source.
const maxPaths = 16 << 20

// step is one element of a path: a key, or the index of a list item.
type step struct {
	key    string
	index  int
	isList bool
}

func (l *lossList) push(s step) {
	s.isList = s.index < 0
	l.steps = append(l.steps, s)
}

func (l *lossList) pop()         { l.steps = l.steps[:len(l.steps)-1] }
func (l *lossList) next()        { l.steps[len(l.steps)-1].index++ }
func (l *lossList) key(k string) { l.steps[len(l.steps)-1].key = k }

func (l *lossList) add(loss Loss, pos Pos, what string) {
	path := "[...]"
	if l.told < maxPaths {
		path = stepsPath(l.steps)
		l.told += len(path)
	}
	l.list = append(l.list, LossAt{Loss: loss, Path: path, Pos: pos, What: what})
}

// stepsPath writes a path as set takes it. List items count from 0, without
// the comments between them.
func stepsPath(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteByte('[')
		if s.isList {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			b.WriteString(strconv.Quote(s.key))
		}
		b.WriteByte(']')
	}
	return b.String()
}
