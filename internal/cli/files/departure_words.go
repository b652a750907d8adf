package files

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// fileDeparture is what a verb found gone in one file.
type fileDeparture struct {
	name string
	*encrypt.Departure
}

func (a *verbs) noteDeparture(name string, gone *encrypt.Departure) {
	if gone == nil {
		return
	}
	a.noting.Lock()
	defer a.noting.Unlock()
	a.departed = append(a.departed, fileDeparture{name, gone})
}

// maxToldApart is how many files that lost the same readers are told one by one.
const maxToldApart = 3

// tellDepartures says, once everything is written, who lost access, and what
// no program can take back. Many files that the same readers lost are told in one line.
func (a *verbs) tellDepartures() {
	slices.SortStableFunc(a.departed, func(x, y fileDeparture) int { return strings.Compare(x.name, y.name) })
	var order []string
	alike := map[string][]fileDeparture{}
	for _, gone := range a.departed {
		key := fmt.Sprintf("%t %q", gone.Kept, gone.who())
		if alike[key] == nil {
			order = append(order, key)
		}
		alike[key] = append(alike[key], gone)
	}
	for _, key := range order {
		files := alike[key]
		if len(files) > maxToldApart {
			a.tellDeparture(files[0], filesOf(files), files[0].words("these files", fmt.Sprintf("%d values of them", valuesOf(files))),
				"gitsecrets rotate -i with all these files")
			continue
		}
		for _, gone := range files {
			a.tellDeparture(gone, gone.name, gone.words("it", gone.values()), "gitsecrets rotate -i "+text.ShellPath(gone.name))
		}
	}
	if len(a.departed) > 0 {
		a.Say("gitsecrets: what could be read may have been kept, and is in Git's history: change the secrets themselves, where they are issued")
	}
}

// tellDeparture says what went from one file, or from several alike.
func (a *verbs) tellDeparture(gone fileDeparture, files, words, rotate string) {
	line := files + ": " + words
	if gone.Kept {
		a.Warnf("%s; the data key is kept: an older copy of the file still opens all of it, later values too; %s takes a new one", line, rotate)
		return
	}
	a.Say("%s", cli.ForLog(line+"; all values are sealed anew under a new data key"))
}

// filesOf counts files, and names the first.
func filesOf(files []fileDeparture) string {
	var names []string
	for _, f := range files[:maxToldApart] {
		names = append(names, f.name)
	}
	return fmt.Sprintf("%d files (%s)", len(files), listed(names, len(files)))
}

// valuesOf counts the encrypted values of files; a binary file is one.
func valuesOf(files []fileDeparture) int {
	n := 0
	for _, f := range files {
		n += f.Count
	}
	return n
}

// who names the readers who went: none where it takes more keys than before.
func (d fileDeparture) who() []string {
	var names []string
	for _, k := range d.Keys {
		names = append(names, nameOf(k))
	}
	return names
}

// values names what could be read.
func (d fileDeparture) values() string {
	switch {
	case len(d.Values) > 0:
		return listed(d.Values, d.Count)
	case d.Count > 0:
		return "the whole file"
	}
	return "no value of it"
}

// words says who went from a file, or from several, and what they could read.
func (d fileDeparture) words(it, what string) string {
	names := d.who()
	if len(names) == 0 {
		return "it takes more keys to open " + it + " than before; until now fewer could read " + what
	}
	return listed(names[:min(len(names), 3)], len(names)) + " cannot open " + it + " any more, and could read " + what
}

// listed is a list of names, the first of so many.
func listed(names []string, all int) string {
	text := strings.Join(names, ", ")
	if more := all - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
