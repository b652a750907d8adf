package files

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// quietArguments are what keeps an editor from writing what was typed anywhere but into
// the file: swap, backup, undo and history files, in a home folder as a rule. Editors that
// are not known get none.
func quietArguments(program string) []string {
	switch name := editorName(program); {
	case name == "vim", name == "nvim", strings.HasPrefix(name, "vim."):
		// Said twice, since a vimrc can take the first back.
		return []string{"-n", "-i", "NONE", "-c", "silent! set viminfo=|silent! set noswapfile|silent! set noundofile|silent! set nobackup|silent! set nowritebackup"}
	case name == "nano":
		return []string{"--ignorercfiles"} // it has no word against a history or a backup that its file asks for
	case name == "emacs", strings.HasPrefix(name, "emacs-"), strings.HasPrefix(name, "emacs."):
		return []string{"--eval", "(progn (setq make-backup-files nil auto-save-default nil auto-save-list-file-prefix nil create-lockfiles nil kill-emacs-hook nil undo-tree-auto-save-history nil)" +
			" (when (bound-and-true-p savehist-mode) (savehist-mode -1)))"}
	}
	return nil
}

// editorName is what a program is, behind the links by which systems let one
// editor stand in for another.
func editorName(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		program = path
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	return strings.TrimSuffix(strings.ToLower(filepath.Base(program)), ".exe")
}
