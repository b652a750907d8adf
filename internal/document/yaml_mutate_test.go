package document

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// mutateYAML changes a source in a few places: lines swapped, dropped, doubled,
// indented otherwise, or single bytes replaced.
func mutateYAML(r *rand.Rand, src string) string {
	const bytes = " \t\n#-:?|>\"'[]{}&*!%@`,.~<=0x1eü"
	lines := strings.SplitAfter(src, "\n")
	for range 1 + r.IntN(3) {
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		switch r.IntN(8) {
		case 0:
			lines[i], lines[j] = lines[j], lines[i]
		case 1:
			lines = slices.Insert(lines, i, lines[j])
		case 2:
			lines[i] = " " + lines[i]
		case 3:
			lines[i] = strings.TrimPrefix(lines[i], " ")
		case 4:
			lines = slices.Insert(lines, i, []string{"\n", "# m\n", "  # m\n", "    # m\n", "      # m\n", "---\n", "- m\n"}[r.IntN(7)])
		case 5:
			lines[i] = ""
		default:
			if l := lines[i]; l != "" {
				k := r.IntN(len(l))
				c := r.IntN(len(bytes))
				lines[i] = l[:k] + bytes[c:c+1] + l[k+r.IntN(2):]
			}
		}
	}
	return strings.Join(lines, "")
}

// TestYAMLMutatedFast holds the fast hands to the general ones where sources
// are damaged.
func TestYAMLMutatedFast(t *testing.T) {
	docs := corpus(t)
	names := make([]string, 0, len(docs))
	for name := range docs {
		names = append(names, name)
	}
	slices.Sort(names)
	for seed := range uint64(mutations) {
		m := newYAMLMaker(seed, 8)
		var src string
		switch m.IntN(3) {
		case 0:
			src = docs[names[m.IntN(len(names))]]
		case 1:
			src = nastyYAML[m.IntN(len(nastyYAML))]
		default:
			src = m.document()
		}
		checkFastYAML(t, []byte(mutateYAML(m.Rand, src)))
	}
}

const mutations = 4000
