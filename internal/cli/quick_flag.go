package cli

import urfave "github.com/urfave/cli/v2"

// The library takes the names of a flag apart by a regular expression each time
// it is asked for them, and it asks for all of them for each. These flags know their names.

type quickString struct {
	*urfave.StringFlag
	names []string
}

func (f *quickString) Names() []string { return f.names }

type quickBool struct {
	*urfave.BoolFlag
	names []string
}

func (f *quickBool) Names() []string { return f.names }

func quickly(f urfave.Flag) urfave.Flag {
	switch f := f.(type) {
	case *urfave.StringFlag:
		return &quickString{f, append([]string{f.Name}, f.Aliases...)}
	case *urfave.BoolFlag:
		return &quickBool{f, append([]string{f.Name}, f.Aliases...)}
	}
	return f
}
