// Kmsserver runs the KMS of package cloudtest until it is interrupted, so that
// scripts and benchmarks can point programs at it by AWS_ENDPOINT_URL_KMS.
// Its keys are new at each start: what it encrypts is lost when it ends.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kmsserver:", err)
		os.Exit(1)
	}
}

func run() error {
	var keys []string
	address := flag.String("addr", "127.0.0.1:0", "address to listen at")
	latency := flag.Duration("latency", 0, "time that each call takes")
	flag.Func("key", "ARN of a key or alias (repeatable)", func(arn string) error { keys = append(keys, arn); return nil })
	accessKey := flag.String("access-key", "AKIATESTTESTTESTTEST", "access key of the one user")
	secretKey := flag.String("secret-key", "throw-away", "secret key of the one user")
	readyFile := flag.String("ready-file", "", "file to write the URL to when ready")
	flag.Parse()

	iam, _ := awstest.NewIAM()
	iam.Add(awstest.Caller{AccessKey: *accessKey, SecretKey: *secretKey, ARN: "arn:aws:iam::111122223333:user/tester"})
	kms, err := awstest.StartKMS(awstest.KMSOptions{IAM: iam, Keys: keys, Latency: *latency, Address: *address})
	if err != nil {
		return err
	}
	defer kms.Close()
	if *readyFile != "" {
		// Renamed into place, so that whoever waits for it never reads half.
		if err := os.WriteFile(*readyFile+".tmp", []byte(kms.URL+"\n"), 0o644); err != nil {
			return err
		}
		if err := os.Rename(*readyFile+".tmp", *readyFile); err != nil {
			return err
		}
	}
	fmt.Println(kms.URL)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	fmt.Fprintf(os.Stderr, "kmsserver: %d calls, at most %d at once\n", kms.Faults.Count(""), kms.Faults.Peak())
	return nil
}
