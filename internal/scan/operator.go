package scan

// The bytes of gitleaks' "name = value" expressions.
var (
	// [\w.-], of which a name is
	nameByte = class{0x3ff600000000000, 0x7fffffe87fffffe}
	// \w, which \b parts from the rest
	wordByte = class{0x3ff000000000000, 0x7fffffe87fffffe}
	// [ \t\w.-] and [\s'"], which stand between a name and the operator
	gapByte = class{0x3ff608500003600, 0x7fffffe87fffffe}
	// what an operator begins with: = > : | ? ,
	operatorByte = class{0xe400100000000000, 0x1000000000000000}
	// operators, and [`'"\s=], which stand before a value
	separatorByte = class{0xe400108500003600, 0x1000000100000000}
	// [`'"\s;], which come after a value
	closingByte = class{0x800008500003600, 0x100000000}
)

// operatorFollows reports whether what follows a name at end can be an operator
// and a value of rule e. It may say yes in vain, never no: the expression decides.
func operatorFollows(src []byte, end int, e *entry) bool {
	p := end
	limit := min(len(src), end+20+3)
	for p < limit && gapByte.has(src[p]) {
		p++
	}
	if p >= len(src) || !operatorByte.has(src[p]) {
		return false
	}
	// An operator of up to 4 bytes and up to 5 bytes before the value.
	q := p + 1
	for limit = min(len(src), p+9); q < limit && separatorByte.has(src[q]); {
		q++
	}
	// The value can begin with separators.
	first := q
	for first > p+1 && e.follow.has(src[first-1]) {
		first--
	}
	if len(src)-first < e.least {
		return false
	}
	for _, b := range src[q:max(q, first+e.least)] {
		if !e.follow.has(b) {
			return false
		}
	}
	return !e.closed || closes(src, q, e)
}

// closes reports whether the run of value bytes from q can be the rest of a
// value: it ends where what closes one stands, and it is not too long.
func closes(src []byte, q int, e *entry) bool {
	end, limit := q, min(len(src), q+e.after)
	for end < limit && e.follow.has(src[end]) {
		end++
	}
	if end == len(src) {
		return true
	}
	if end < limit {
		return closingByte.has(src[end]) || src[end] == '\\' && end+1 < len(src) && (src[end+1]|0x20 == 'n' || src[end+1]|0x20 == 'r')
	}
	// Longer than the bounded part of any value.
	return e.runs > 0 && (!e.runFirst || allOf(src[q:q+e.after/2], e.run))
}
