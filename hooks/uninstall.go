package hooks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Uninstall gives back what was there before Install. A hook that somebody has
// changed since is left alone.
func Uninstall(ctx context.Context, site *Site) ([]Done, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, err
	}
	names := site.names()
	if site.Server {
		names = []string{"pre-receive", "update"}
	}
	var out []Done
	folder := false
	for _, name := range names {
		h, err := readHook(filepath.Join(p.dir, name))
		if err != nil {
			return out, err
		}
		d := Done{Name: name, Path: h.path, Before: h.before}
		switch {
		case !h.there && h.before == "":
			d.What = NotThere
		case h.there && !(h.ours && h.untouched):
			d.What = LeftAlone
		default: // ours, or ours is gone and the one before waits
			d.What = Removed
			folder = folder || containsMade(h.text)
			if h.before != "" {
				err = os.Rename(h.before, h.path)
			} else {
				err = os.Remove(h.path)
			}
			if err != nil {
				return out, fmt.Errorf("%s: %w", name, err)
			}
		}
		out = append(out, d)
	}
	if folder {
		os.Remove(p.dir) // if nothing else has come into it
	}
	return out, nil
}
