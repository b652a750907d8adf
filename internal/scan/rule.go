package scan

// class is a set of bytes.
type class [4]uint64

func (c *class) has(b byte) bool { return c[b>>6]>>(b&63)&1 == 1 }

// meets reports whether c and o have a byte in common.
func (c *class) meets(o class) bool {
	return c[0]&o[0]|c[1]&o[1]|c[2]&o[2]|c[3]&o[3] != 0
}

// kind says how a rule is run.
type kind uint8

const (
	// windowed: the expression runs over the surroundings of each word.
	windowed kind = iota //nolint:unused // the zero value, which the table leaves out
	// anchored: "name = value". The expression is the rule's without its lead
	// of up to lead name characters, and runs at the word, which begins it.
	anchored
	// dense: the expression runs around each run of follow of at least least bytes.
	dense
	// fileName: the path alone decides.
	fileName
	// kindSecret: windowed, in texts where "kind:" is followed by "secret" only.
	kindSecret
	// userFlag: windowed, where -u or --user comes within a few lines of the word.
	userFlag
	// blockKey: windowed, with the window's end at the end of a PEM block.
	blockKey
	// whole: the expression runs over the whole text; for rules with a path only.
	whole
	// native: a function of this package decides at each word; see natives.go.
	native
)

// rule is what one kind of credential looks like.
type rule struct {
	id, description string
	kind            kind
	expr            string
	path            string   // an expression that the path must match
	group           int      // the group that holds the secret; 0: the first that is not empty
	entropy         float64  // the secret's must be above it
	keywords        []string // the text must hold one; nil: the words see to it
	words           []string // in lower case; each match holds one

	// In bytes, from the end of a word: how far back a match begins at most and
	// how far on it ends. It may hold runs repetitions without bound, of run.
	before, after int
	runs          int
	run           class
	runFirst      bool // a value with a run is nothing else, but for a few bytes at its end
	// After a word (for anchored rules: after the operator) come at least least bytes of follow.
	follow class
	least  int
	lead   int
	// A match begins with the word, at a word boundary.
	boundary bool

	allow []allowance
	code  code // what a native rule does
	value bool // the secret must look like one; see value.go
	weak  bool // gives way to a finding of another rule at the same place
}

// allowance takes findings of a rule back: gitleaks' allow list.
type allowance struct {
	paths     string   // an expression; used with all only
	target    target   // what exprs look at
	exprs     string   // joined by |
	stopwords bool     // the table of stop words applies to the secret
	words     []string // more of them
	all       bool     // all conditions, not one
}

type target uint8

const (
	targetSecret target = iota
	targetMatch
	targetLine
)
