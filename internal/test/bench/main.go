// Bench measures gitsecrets beside the released sops, in the same run on the
// same files, and prints one table: CPU time, wall time and peak memory, the
// least of several runs, and their ratios. make bench builds both programs and
// starts it from the top of the repository.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// config is what the flags say.
type config struct {
	ours, sops string
	gitleaks   string
	only       *regexp.Regexp
	quick      bool
	write      bool
	limit      time.Duration // for one run of sops
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	flag.StringVar(&c.ours, "gitsecrets", "bin/gitsecrets", "the program gitsecrets")
	flag.StringVar(&c.sops, "sops", ".cache/bin/sops", "the program sops")
	flag.StringVar(&c.gitleaks, "gitleaks", ".cache/bin/gitleaks", "the program gitleaks")
	only := flag.String("only", "", "measure only rows whose group and name match this `REGEX`")
	flag.BoolVar(&c.quick, "quick", false, "leave out sops where it takes minutes, fewer runs")
	flag.BoolVar(&c.write, "write", false, "write docs/performance.md")
	flag.DurationVar(&c.limit, "limit", 180*time.Second, "end a run of sops after this time")
	flag.Parse()
	var err error
	if c.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	if c.write && (c.quick || *only != "") {
		return errors.New("--write goes with the whole table, without --quick and --only")
	}
	for _, p := range []*string{&c.ours, &c.sops, &c.gitleaks} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
		if _, err := os.Stat(*p); err != nil {
			return fmt.Errorf("%w (make build tools)", err)
		}
	}
	// An interrupted run takes its scratch folder away too.
	dir, err := os.MkdirTemp("", "gitsecrets-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		os.RemoveAll(dir)
		os.Exit(130)
	}()

	s, err := newScratch(dir)
	if err != nil {
		return err
	}
	defer s.stop()
	s.env = append(s.env, "SOPS="+c.sops, "GITLEAKS="+c.gitleaks)
	if err := s.startKMS(c); err != nil {
		return err
	}
	t := &table{}
	for _, r := range rows() {
		if !c.only.MatchString(r.group + ": " + r.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", r.group, r.name)
		res, err := s.measure(c, r)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", r.group, r.name, err)
		}
		t.add(r, res)
	}
	if c.write {
		return os.WriteFile(filepath.Join("docs", "performance.md"), t.page(c), 0o644)
	}
	_, err = os.Stdout.Write(t.markdown())
	return err
}

// startKMS builds and starts the KMS that stands in for AWS, 30 ms for a call.
func (s *scratch) startKMS(c config) error {
	if !c.only.MatchString("KMS") && !c.only.MatchString("kms") {
		return nil
	}
	program := s.path("kmsserver")
	build := exec.Command("go", "build", "-o", program, "./internal/test/cloudtest/cmd/kmsserver")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the KMS: %w", err)
	}
	ready := s.path("kms-url")
	err := s.serve(exec.Command(program, "-latency", "30ms", "-key", kmsKey, "-access-key", "AKIATESTTESTTESTTEST", "-secret-key", "throw-away", "-ready-file", ready))
	if err != nil {
		return err
	}
	for range 100 {
		if url, err := os.ReadFile(ready); err == nil {
			s.env = append(s.env, "AWS_ENDPOINT_URL_KMS="+string(url[:len(url)-1]),
				"AWS_ACCESS_KEY_ID=AKIATESTTESTTESTTEST", "AWS_SECRET_ACCESS_KEY=throw-away", "AWS_EC2_METADATA_DISABLED=true")
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the KMS does not start")
}
