package files

import (
	"errors"

	urfave "github.com/urfave/cli/v2"
)

const haveFIFOs = false

func (a *verbs) execWithFIFO(c *urfave.Context, x *execution, name string, content []byte) error {
	return a.execWithFile(c, x, name, content)
}

func (a *verbs) execFileInBackground(*urfave.Context, *execution, string, []byte) error {
	return errors.New("exec-file --background is not available on Windows: nothing would remove the file")
}
