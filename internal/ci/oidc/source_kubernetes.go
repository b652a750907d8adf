package oidc

import (
	"context"
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
)

// serviceAccountToken is what every pod has, for the API of its cluster. It is used only where Kubernetes is named.
const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// projectedEnv lists variables that name projected tokens: of IAM roles for service accounts (EKS), and of Azure
// workload identity.
func projectedEnv() []string {
	return []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"}
}

// kubernetes reads the tokens that the kubelet projects into the pod and replaces before they expire, so that they are
// read each time. Each has the audience that its volume fixes.
type kubernetes struct {
	w     *World
	paths []string
}

func newKubernetes(w *World, s Settings) (Source, error) {
	k := &kubernetes{w: w}
	if s.TokenFile != "" {
		k.paths = []string{s.TokenFile}
		return k, nil
	}
	for _, name := range projectedEnv() {
		if path := strings.TrimSpace(w.Getenv(name)); path != "" {
			k.paths = append(k.paths, path)
		}
	}
	if len(k.paths) == 0 {
		k.paths = []string{serviceAccountToken}
	}
	return k, nil
}

// Provider implements Source.
func (k *kubernetes) Provider() job.Provider { return job.Kubernetes }

// Token implements Source: the first token that has the audience.
func (k *kubernetes) Token(ctx context.Context, audience string) (*Token, error) {
	var first error
	for _, path := range k.paths {
		t, err := (&fileToken{k.w, job.Kubernetes, path}).Token(ctx, audience)
		if err == nil {
			return t, nil
		}
		if first == nil {
			first = err
		}
	}
	var e *call.Error
	if errors.As(first, &e) && (e.Hint == "" || e.Failure == call.Refused && e.Again == call.ForGood) {
		e.Hint = "mount a token with the audience that the relying party expects, and name it with --token-file:\n\n" +
			"    volumes:\n      - name: id-token\n        projected:\n          sources:\n            - serviceAccountToken: {path: token, audience: AUDIENCE, expirationSeconds: 3600}\n"
	}
	return nil, first
}
