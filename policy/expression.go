package policy

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

const (
	maxExpression = 16 << 10 // bytes
	// maxStates bounds the size of all expressions of a policy, with x{1000} written out.
	maxStates = 4 << 20
)

// compiled is the result of compiling an expression.
type compiled struct {
	re  *regexp.Regexp
	err error
}

// expression compiles a regular expression; each text is compiled once. It returns nil for an empty one.
func (d *decoder) expression(e entry) *regexp.Regexp {
	text := d.text(e.value, e.name)
	if text == "" {
		return nil
	}
	c, seen := d.expressions[text]
	if !seen {
		c.re, c.err = d.compile(text)
		if d.expressions == nil {
			d.expressions = map[string]compiled{}
		}
		d.expressions[text] = c
	}
	if c.err != nil {
		reason, hint := whyNoExpression(c.err)
		d.fail(e.value, hint, "%s: %s", e.name, reason)
	}
	return c.re
}

func (d *decoder) compile(text string) (*regexp.Regexp, error) {
	if len(text) > maxExpression {
		return nil, errLongExpression
	}
	if strings.Contains(text, "{") {
		tree, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			return nil, err
		}
		if d.states += states(tree); d.states > maxStates {
			return nil, errLargeExpressions
		}
	}
	return regexp.Compile(text)
}

var (
	errLongExpression   = errors.New("the expression is longer than 16 KiB")
	errLargeExpressions = errors.New("the repetitions make the expressions of this policy too large")
)

// states estimates the size of an expression with its repetitions written out.
func states(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n += states(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxStates+1)
}

// whyNoExpression explains in plain words why an expression does not compile, and what to do.
func whyNoExpression(err error) (reason, hint string) {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return err.Error(), ""
	}
	part := e.Expr
	if runes := []rune(part); len(runes) > 40 {
		part = string(runes[:40]) + "…"
	}
	part = " `" + part + "`"
	switch e.Code {
	case syntax.ErrMissingParen:
		return "missing closing ):" + part, ""
	case syntax.ErrUnexpectedParen:
		return "a ) has no matching (:" + part, ""
	case syntax.ErrMissingBracket:
		return "missing closing ]:" + part, ""
	case syntax.ErrMissingRepeatArgument:
		return "nothing to repeat before" + part, `a path is not matched by a glob: *.yaml is written \.yaml$`
	case syntax.ErrInvalidRepeatOp:
		return "two repetitions in a row:" + part, `a path is not matched by a glob: ** is written .*`
	case syntax.ErrInvalidRepeatSize:
		return "too many repetitions:" + part, "at most 1000 times"
	case syntax.ErrInvalidEscape:
		if len(e.Expr) == 2 && e.Expr[1] >= '1' && e.Expr[1] <= '9' {
			return "unknown escape:" + part, "expressions are RE2, which has no back-references"
		}
		return "unknown escape:" + part, `a dot is escaped as \. and a backslash as \\`
	case syntax.ErrTrailingBackslash:
		return "it ends with a backslash", ""
	case syntax.ErrInvalidCharRange:
		return "a range ends before it starts:" + part, ""
	case syntax.ErrInvalidCharClass:
		return "unknown class of characters:" + part, ""
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture:
		hint := ""
		if strings.HasPrefix(e.Expr, "(?=") || strings.HasPrefix(e.Expr, "(?!") || strings.HasPrefix(e.Expr, "(?<") {
			hint = "expressions are RE2, which has no look-ahead and no look-behind"
		}
		return "unknown group:" + part, hint
	case syntax.ErrInvalidUTF8:
		return "it is not valid UTF-8", ""
	}
	return "it is too deep or too large", ""
}
