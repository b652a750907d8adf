// Package document reads and writes the five formats that SOPS files come in
// (YAML, JSON, dotenv, INI and binary) through one tree.
//
// Call [Parse] first. The [Document] it returns keeps the order of the source,
// its comments, and the line and column of every key and value; [Document.Encode]
// writes it as sops 3.13.3 does. The package knows no keys and no rules: a
// ciphertext is a string to it, and the sops metadata is a subtree that
// [Document.TakeMetadata] lifts out and [Document.PutMetadata] puts back.
//
// Reading and writing take time and memory linear in the size of the source.
// No error quotes the source: it may hold plaintext.
package document

import (
	"fmt"
	"strings"
	"time"
)

// Format is a file format. The zero value is Binary, which sops falls back to.
type Format uint8

// The formats, chosen by a file's name as sops chooses them.
const (
	Binary Format = iota
	Dotenv
	INI
	JSON
	YAML
)

var formatNames = [...]string{Binary: "binary", Dotenv: "dotenv", INI: "ini", JSON: "json", YAML: "yaml"}

// String returns the name that --input-type takes.
func (f Format) String() string {
	if int(f) >= len(formatNames) {
		return "an unknown format"
	}
	return formatNames[f]
}

// ParseFormat reads the name of a format as --input-type and --output-type
// take it. It reports false for any other word.
func ParseFormat(name string) (Format, bool) {
	for f, n := range formatNames {
		if n == name {
			return Format(f), true
		}
	}
	return Binary, false
}

// FormatForPath chooses the format of a file by the end of its name, with the
// case that sops demands: .yaml .yml .json .env .ini, all else is binary.
func FormatForPath(path string) Format {
	switch {
	case strings.HasSuffix(path, ".yaml"), strings.HasSuffix(path, ".yml"):
		return YAML
	case strings.HasSuffix(path, ".json"):
		return JSON
	case strings.HasSuffix(path, ".env"):
		return Dotenv
	case strings.HasSuffix(path, ".ini"):
		return INI
	}
	return Binary
}

// MaxDepth is how deep maps and lists may nest. A deeper source is refused.
const MaxDepth = 1000

// Kind is what a [Node] holds.
type Kind uint8

// The kinds of nodes.
const (
	Null    Kind = iota
	String       // Text
	Int          // Int
	Float        // Float
	Bool         // Bool
	Time         // Time
	Map          // Items: entries with a Key, and comments
	List         // Items: values, and comments
	Comment      // Text, without the sign that opens it; only within Items
	Other        // a value that sops cannot hold; Text names its type, as in "integer above 9223372036854775807"
)

// Pos is a place in the source: line and column from 1, columns in bytes. The
// zero Pos is that of a node that no source holds.
type Pos struct{ Line, Col uint32 }

// String returns "line:column".
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }

// Node is one value of the tree, an entry of a map or a list with it.
type Node struct {
	Kind   Kind
	Inline bool   // Comment: stood behind the value that follows it in Items
	Bool   bool   // Bool
	BadKey bool   // Map entry: the key is no string; Key then names its type
	Merge  bool   // Map entry: the key is YAML's merge key, <<
	Loss   Loss   // how the source's spelling fares when it is written again
	Key    string // Map entry: its name
	Text   string // String, Comment, Other
	Int    int64  // Int
	Float  float64
	Time   *time.Time
	Items  []*Node // Map, List
	Pos    Pos     // of the value
	KeyPos Pos     // of the key
}

// Loss says what becomes of a value when the tree is written again.
type Loss uint8

// The losses, mildest first.
const (
	Kept    Loss = iota
	Respelt      // equal for a reader of the format, but written otherwise (1.10, 007, a date, an alias)
	Changed      // not equal: digits, a tag or a comment would be lost
)

// LossAt is one value or comment that would not come back as it was.
type LossAt struct {
	Loss Loss
	Path string // as in set: ["a"]["b"][0]; empty for the document
	Pos  Pos
	What string // what happens, in words, without the value: "is an integer beyond 64 bits and would lose digits"
	// Name: what goes is a name that anybody can choose, of an anchor.
	Name bool
}

// Document is a file as a tree.
type Document struct {
	Format Format
	// Roots holds the top-level maps: one for each YAML document, exactly one
	// for the other formats (none for an empty YAML file).
	Roots []*Node
	// Losses lists what Encode would not give back as the source had it, in
	// source order.
	Losses []LossAt
	// Strays lists what of the source no node stands for, if Parse was asked
	// for it. Only YAML has any: the other formats are read to the last byte.
	Strays []Stray
}

// SyntaxError is a source that its format does not allow, or that sops cannot
// hold (a list at the top).
type SyntaxError struct {
	Format Format
	Pos    Pos    // zero if unknown
	Msg    string // quotes nothing of the source
}

func (e *SyntaxError) Error() string {
	if e.Pos.Line == 0 {
		return fmt.Sprintf("invalid %s: %s", e.Format, e.Msg)
	}
	if e.Pos.Col == 0 {
		return fmt.Sprintf("line %d: invalid %s: %s", e.Pos.Line, e.Format, e.Msg)
	}
	return fmt.Sprintf("line %d, column %d: invalid %s: %s", e.Pos.Line, e.Pos.Col, e.Format, e.Msg)
}

// EncodeError is a tree that a format cannot hold.
type EncodeError struct {
	Format Format
	Path   string // of the value, as in set
	Msg    string
}

func (e *EncodeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("cannot write as %s: %s", e.Format, e.Msg)
	}
	return fmt.Sprintf("cannot write %s as %s: %s", e.Path, e.Format, e.Msg)
}

// Style is how Encode lays out a file. The zero Style is sops's default:
// 4 blanks for YAML, one tab for JSON.
type Style struct {
	// Indent is the number of blanks a level. For YAML 0 means 4. For JSON it
	// counts only with JSONIndentSet, where 0 means line breaks alone.
	YAMLIndent    int
	JSONIndent    int
	JSONIndentSet bool
}
