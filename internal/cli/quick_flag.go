package cli

import "github.com/urfave/cli/v2"

// The library takes the names of a flag apart by a regular expression each time
// it is asked for them, and it asks for all of them for each. These flags know their names.

type quickString struct {
	*cli.StringFlag
	names []string
}

func (f *quickString) Names() []string { return f.names }

type quickBool struct {
	*cli.BoolFlag
	names []string
}

func (f *quickBool) Names() []string { return f.names }

func quickly(f cli.Flag) cli.Flag {
	switch f := f.(type) {
	case *cli.StringFlag:
		return &quickString{f, append([]string{f.Name}, f.Aliases...)}
	case *cli.BoolFlag:
		return &quickBool{f, append([]string{f.Name}, f.Aliases...)}
	}
	return f
}
