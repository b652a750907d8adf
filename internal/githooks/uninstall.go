package githooks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gitsecrets/gitsecrets/internal/remotes"
)

// Uninstall gives back what was there before Install. A hook that somebody has changed since is left alone.
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
	dirs := []string{p.dir}
	if own := filepath.Join(p.gitDir, "hooks"); resolved(own) != resolved(p.dir) {
		dirs = append(dirs, own) // core.hooksPath was set since
	}
	for i, dir := range dirs {
		folder := false
		for _, name := range names {
			h, err := readHook(filepath.Join(dir, name))
			if err != nil {
				return out, err
			}
			if i > 0 && !h.ours {
				continue
			}
			d, err := h.remove()
			if err != nil {
				return out, fmt.Errorf("%s: %w", name, err)
			}
			folder = folder || d.What == Removed && containsMade(h.text)
			out = append(out, d)
		}
		if folder {
			os.Remove(dir) // if nothing else has come into it
		}
	}
	if !site.Server {
		return out, remotes.Forget(p.gitDir)
	}
	return out, nil
}

// remove gives a hook's place back to what was there before.
func (h *hook) remove() (d Done, err error) {
	d = Done{Name: filepath.Base(h.path), Path: h.path, Before: h.before}
	switch {
	case !h.there && h.before == "":
		d.What = NotThere
	case h.there && !(h.ours && h.untouched):
		d.What = LeftAlone
	case h.before != "": // also if ours is gone
		d.What, err = Removed, os.Rename(h.before, h.path)
	default:
		d.What, err = Removed, os.Remove(h.path)
	}
	return d, err
}
