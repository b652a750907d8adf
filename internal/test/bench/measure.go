package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// cost is what a program took: the least of each over several runs.
type cost struct {
	cpu, wall time.Duration
	memory    int64
	over      time.Duration // it was ended after this time; all else is zero
	leftOut   bool          // not measured
}

// result is one line of the table.
type result struct{ ours, sops cost }

func (s *scratch) measure(c config, r row) (result, error) {
	if r.prepare != nil {
		if err := r.prepare(s, c); err != nil {
			return result{}, err
		}
	}
	var res result
	var err error
	if res.ours, err = s.cost(c, r, c.ours, r.ours, 10*time.Minute); err != nil {
		return res, fmt.Errorf("gitsecrets: %w", err)
	}
	if c.quick && r.minutes {
		res.sops.leftOut = true
		return res, nil
	}
	if res.sops, err = s.cost(c, r, c.sops, r.sops, c.limit); err != nil {
		return res, fmt.Errorf("sops: %w", err)
	}
	return res, nil
}

// cost runs a program again and again, for about three seconds, and at most
// 15 times. A program that takes long runs once.
func (s *scratch) cost(c config, r row, program string, args []string, limit time.Duration) (cost, error) {
	budget, most := 3*time.Second, 15
	if c.quick {
		budget, most = time.Second, 5
	}
	var least cost
	for n := 0; n == 0 || n < most && budget > 0; n++ {
		if r.reset != nil {
			if err := r.reset(s); err != nil {
				return cost{}, err
			}
		}
		got, err := s.once(r, program, args, limit)
		if err != nil || got.over > 0 {
			return got, err
		}
		budget -= got.wall
		if n == 0 {
			least = got
			continue
		}
		least = cost{cpu: min(least.cpu, got.cpu), wall: min(least.wall, got.wall), memory: min(least.memory, got.memory)}
	}
	return least, nil
}

// once runs a program one time. Its output goes nowhere. For a loop of a shell, program
// stands in $PROGRAM.
func (s *scratch) once(r row, program string, args []string, limit time.Duration) (cost, error) {
	// The kernel counts what its parent held against a child: hold little.
	debug.FreeOSMemory()
	if r.loop {
		limit *= 10 // a loop is many runs
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	name := program
	if args[0] == "sh" {
		name, args = args[0], args[1:]
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = s.dir, append(slices.Clip(s.env), "PROGRAM="+program)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if ctx.Err() != nil {
		return cost{over: limit}, nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == r.exit {
		err = nil
	}
	if err != nil {
		return cost{}, fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	p := cmd.ProcessState
	return cost{cpu: p.UserTime() + p.SystemTime(), wall: wall, memory: peakMemory(p)}, nil
}
