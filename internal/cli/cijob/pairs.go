package cijob

import (
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// pairs makes variables of the values of files: the names of nested keys are
// joined by underscores. Two keys that come to the same name are an error,
// never one in place of the other.
func (j *ciJob) pairs(files []*ciFile) ([]outputs.Pair, error) {
	var all []outputs.Pair
	for _, f := range files {
		if n := f.doc.Roots(); n > 1 {
			j.a.Warnf("%s holds %d documents; the values of the first are used", text.Escape(f.in.Name), n)
		}
		if f.file.Input == encrypt.Binary {
			return nil, cli.InFile(f.in.Name, &cli.UsageError{Msg: "a binary file has no names for variables", Hint: "gitsecrets ci run --as files, or ci decrypt, writes it to a file"})
		}
		values, err := f.doc.Values()
		if err != nil {
			return nil, cli.InFile(f.in.Name, err)
		}
		for _, v := range values {
			if v.Root == 0 && v.IsScalar() {
				all = append(all, outputs.Pair{Name: dotted(v.Path), Value: v.Text})
			}
		}
	}
	allow := j.c.StringSlice("allow-name")
	if j.section != nil {
		allow = append(allow, j.section.Names...)
	}
	return outputs.PairsOf(j.c.String("env-prefix"), all, allow)
}

// dotted is the path of a value with dots between its parts.
func dotted(path encrypt.Path) string {
	parts := make([]string, len(path))
	for i, step := range path {
		parts[i] = fmt.Sprint(step)
	}
	return strings.Join(parts, ".")
}
