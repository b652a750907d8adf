//go:build interop

package interop

import "regexp"

// cliDifference is what differs on purpose; docs/compatibility.md says more.
type cliDifference struct {
	lines      string // expression for the command line
	ours, sops int    // exit codes; -1 is any
	reason     string
}

func (d cliDifference) fits(c cliCase, ours, sops int) bool {
	return (d.ours < 0 || d.ours == ours) && (d.sops < 0 || d.sops == sops) && regexp.MustCompile(d.lines).MatchString(c.String())
}

var cliDifferences = []cliDifference{
	{`--no-such-flag`, 64, 1, "usage has an exit code of its own"},
	{`--decryption-order nope`, 64, 0, "an unknown type of key is a usage error; sops ignores it"},
	{`^(encrypt|-e) .*broken\.json$`, 2, 0, "a truncated JSON object is refused; sops completes it"},
	{`^filestatus .*broken\.json$`, 1, 0, "a truncated JSON object is refused; sops completes it"},
	{`^encrypt --output-type (json|yaml) enc\.env$`, 203, 0, "an encrypted file is not encrypted again, whatever the output; sops looks for the output's metadata"},
	{`^-e enc\.bin$`, 203, 0, "an encrypted binary file is not encrypted again"},
	{`--output-type json enc\.bin`, 4, 0, "bytes that are no UTF-8 do not fit into JSON; sops replaces them"},
	{`^set enc\.env \["num"\] true$`, 0, 0, "all values of dotenv and INI files are strings; sops writes a type that the format cannot keep"},
	{`^-r folder\.yaml$`, 2, 1, "a folder is named as such, not as a file without a rule"},
}
