package encrypt

// Path is a way through a tree: each step is a string (a map's key) or an int
// (a list's index).
type Path []any
