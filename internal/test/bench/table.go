package main

import (
	"bytes"
	"fmt"
	"runtime"
	"time"
)

// table gathers the lines.
type table struct {
	lines bytes.Buffer
	guard bytes.Buffer // the lines of the second table
	group string
}

const head = `| | sops CPU | ours CPU | times less | sops wall | ours wall | times less | sops MB | ours MB | times less |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
`

const guardHead = `| beside | its CPU | ours CPU | times less | its wall | ours wall | times less | its MB | ours MB | times less |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
`

func (t *table) add(r row, res result) {
	lines := &t.lines
	if r.peer {
		lines = &t.guard
	}
	if r.group != t.group {
		t.group = r.group
		fmt.Fprintf(lines, "| **%s** | | | | | | | | | |\n", r.group)
	}
	s, o := res.sops, res.ours
	fmt.Fprintf(lines, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.name,
		s.show(duration(s.cpu)), o.show(duration(o.cpu)), ratio(s, o, float64(s.cpu), float64(o.cpu)),
		s.show(duration(s.wall)), o.show(duration(o.wall)), ratio(s, o, float64(s.wall), float64(o.wall)),
		s.show(megabytes(s.memory)), o.show(megabytes(o.memory)), ratio(s, o, float64(s.memory), float64(o.memory)))
}

// show is how a number of c reads: it may not be one.
func (c cost) show(number string) string {
	switch {
	case c.leftOut:
		return "left out"
	case c.over > 0:
		return fmt.Sprintf("over %.0f s", c.over.Seconds())
	}
	return number
}

// ratio is how many times less we take.
func ratio(s, o cost, sops, ours float64) string {
	switch {
	case ours == 0 || s.leftOut || o.over > 0:
		return ""
	case s.over > 0:
		if o.wall == 0 {
			return ""
		}
		return fmt.Sprintf("> %.0f", s.over.Seconds()/o.wall.Seconds())
	case sops/ours < 1:
		return fmt.Sprintf("%.2f", sops/ours)
	case sops/ours < 10:
		return fmt.Sprintf("%.1f", sops/ours)
	}
	return fmt.Sprintf("%.0f", sops/ours)
}

func duration(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.0f", float64(bytes)/1e6) }

func (t *table) markdown() []byte {
	var b bytes.Buffer
	if t.lines.Len() > 0 {
		b.WriteString(head)
		b.Write(t.lines.Bytes())
	}
	if t.guard.Len() > 0 {
		b.WriteString("\n## The guard\n\n" + guardHead)
		b.Write(t.guard.Bytes())
	}
	return b.Bytes()
}

// page is docs/performance.md.
func (t *table) page(c config) []byte {
	return fmt.Appendf(nil, `# Performance

Measured by %smake bench BENCH=--write%s beside sops 3.13.3, built by the same compiler (%s, %s/%s), in the same run on the same files, on a machine with %d cores.
CPU is user and system time, the memory is the peak that was resident; each number is the least of up to 15 runs (one
run where it takes longer than three seconds). The ratios mean more than the numbers: they hold on other machines.

sops was ended after %.0f s. What it encrypts, decrypts or changes was sealed by gitsecrets, which costs it what its own files cost.
A loop of sops is a shell that starts it once for each file; its memory is that of one of them.

%s`, "`", "`", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), c.limit.Seconds(), t.markdown())
}
