package document

import (
	"math"
	"strconv"
	"strings"
)

// number reads a number: an integer within 64 bits, else a float, as sops does.
func (r *jsonReader) number(n *Node) error {
	start := r.at
	integer, ok := r.numeral()
	if !ok {
		return r.expected("a digit")
	}
	text := r.text[start:r.at]
	if integer {
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			n.Kind, n.Int = Int, v
			if text == "-0" {
				r.lose(n, Respelt, jsonRespelt)
			}
			return nil
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		if !r.allowLossy {
			return r.failAt(n.Pos, "the number at "+stepsPath(r.losses.steps)+" is beyond what 64 bits of floating point can hold")
		}
		n.Kind, n.Text = String, text
		r.lose(n, Changed, "is a number beyond what 64 bits of floating point can hold and would become a string")
		return nil
	}
	n.Kind, n.Float = Float, v
	switch {
	case string(appendJSONFloat(nil, v)) == text:
	case integer:
		r.lose(n, Changed, "is an integer beyond 64 bits and would lose digits")
	case v == 0 && strings.ContainsAny(mantissa(text), "123456789"):
		r.lose(n, Changed, "is a number too small for 64 bits of floating point and would become 0")
	default:
		r.lose(n, Respelt, jsonRespelt)
	}
	return nil
}

const jsonRespelt = "is a number that would be written in another form"

func (r *jsonReader) lose(n *Node, l Loss, what string) {
	n.Loss = l
	r.losses.add(l, n.Pos, what)
}

func mantissa(number string) string {
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		return number[:i]
	}
	return number
}

// numeral passes over a number (RFC 8259, section 6). It reports whether the
// number is a plain integer, and whether it is well formed.
func (r *jsonReader) numeral() (integer, ok bool) {
	if r.peek() == '-' {
		r.at++
	}
	switch c := r.peek(); {
	case c == '0':
		r.at++
	case !r.digits():
		return false, false
	}
	integer = true
	if r.peek() == '.' {
		r.at++
		if integer = false; !r.digits() {
			return false, false
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.at++
		if c := r.peek(); c == '+' || c == '-' {
			r.at++
		}
		if integer = false; !r.digits() {
			return false, false
		}
	}
	return integer, true
}

// digits passes over digits and reports whether there was one.
func (r *jsonReader) digits() bool {
	start := r.at
	for c := r.peek(); '0' <= c && c <= '9'; c = r.peek() {
		r.at++
	}
	return r.at > start
}

// appendJSONFloat writes a number as encoding/json does, which follows
// ECMAScript's Number::toString but for the sign of zero.
func appendJSONFloat(out []byte, v float64) []byte {
	if abs := math.Abs(v); abs == 0 || 1e-6 <= abs && abs < 1e21 {
		return strconv.AppendFloat(out, v, 'f', -1, 64)
	}
	out = strconv.AppendFloat(out, v, 'e', -1, 64)
	if n := len(out); out[n-4] == 'e' && out[n-3] == '-' && out[n-2] == '0' {
		out[n-2] = out[n-1] // e-09 is e-9
		out = out[:n-1]
	}
	return out
}
