# make help lists the targets.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TAGS := urfave_cli_no_docs
BIN := $(CURDIR)/bin
TOOLS := $(CURDIR)/.cache/bin
BUILD := -trimpath -buildvcs=false -tags $(TAGS)

# Seconds that all fuzz functions together run.
FUZZTIME ?= 60
# Flags of the benchmark, as in: make bench BENCH="--quick --only small"
BENCH ?=

# Tests find sops and age here first.
export PATH := $(TOOLS):$(PATH)
export SOPS_DISABLE_VERSION_CHECK := 1

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

.PHONY: build
build: ## Build bin/gitsecrets
	mkdir -p '$(BIN)'
	CGO_ENABLED=0 $(GO) build $(BUILD) -ldflags '-s -w -X main.version=$(VERSION)' -o '$(BIN)/' ./cmd/gitsecrets

# The stamp is named for what decides about the programs: the pinned versions and the compiler.
TOOLSTAMP := $(TOOLS)/.$(shell { cat internal/test/tools/go.mod internal/test/tools/go.sum; $(GO) version; } | cksum | cut -d' ' -f1)

.PHONY: tools
tools: $(TOOLSTAMP) ## Build sops, age and actionlint, as internal/test/tools pins them, into .cache/bin

$(TOOLSTAMP):
	mkdir -p '$(TOOLS)'
	cd internal/test/tools && CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-s -w' -o '$(TOOLS)/' tool
	rm -f '$(TOOLS)'/.[0-9]*
	touch '$@'

.PHONY: gnupg
gnupg: # GnuPG, for the tests with PGP keys
	@command -v gpg >/dev/null && exit; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gnupg; \
	else \
	  echo 'make: the tests need GnuPG: install the package gnupg, then try again' >&2; exit 1; \
	fi

.PHONY: editors
editors: # vim and nano, for the tests of what editors keep
	@missing=; for p in vim.tiny nano script; do command -v $$p >/dev/null || missing=yes; done; \
	if [ -n "$$missing" ]; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends vim-tiny nano bsdutils; \
	  else \
	    echo 'make: the tests need vim.tiny, nano and script: install the packages vim-tiny, nano and bsdutils, then try again' >&2; exit 1; \
	  fi; \
	fi

NODE := $(CURDIR)/.cache/node
MANAGERS := lefthook@2.2.2 husky@9.1.7

.PHONY: hook-managers
hook-managers: # pre-commit, lefthook and husky, for the tests with other managers of hooks
	@missing=; for p in pre-commit npm; do command -v $$p >/dev/null || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	  else \
	    echo "make: the tests need$$missing: install, then try again" >&2; exit 1; \
	  fi; \
	fi
	@mkdir -p '$(NODE)'; stamp='$(NODE)/.$(subst @,-,$(subst $(eval) ,_,$(MANAGERS)))'; [ -e "$$stamp" ] || { \
	  cd '$(NODE)' && npm install --prefix . --ignore-scripts --no-audit --no-fund --silent $(MANAGERS) && touch "$$stamp"; }

MINIO := v0.0.0-20260212201848-7aac2a2c5b7c

.PHONY: minio
minio: $(TOOLS)/.minio-$(MINIO) # MinIO, for the tests with an STS that is not ours; a program of its own, which nothing here links

$(TOOLS)/.minio-$(MINIO):
	mkdir -p '$(TOOLS)'
	GOBIN='$(TOOLS)' CGO_ENABLED=0 $(GO) install -trimpath -ldflags '-s -w' github.com/minio/minio@$(MINIO)
	rm -f '$(TOOLS)'/.minio-*
	touch '$@'

ACT := v0.2.89

.PHONY: action-tools
action-tools: tools # act and Node, for the tests of the GitHub Action
	@command -v node >/dev/null && exit; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs; \
	else \
	  echo 'make: the tests need Node 20 or later: install it, then try again' >&2; exit 1; \
	fi
	@[ -e '$(TOOLS)/.act-$(ACT)' ] || { \
	  CGO_ENABLED=0 GOBIN='$(TOOLS)' $(GO) install -trimpath -ldflags '-s -w' github.com/nektos/act@$(ACT) && touch '$(TOOLS)/.act-$(ACT)'; }

.PHONY: test
test: tools gnupg ## Run the tests; installs what they need
	$(GO) test -tags $(TAGS) ./...
	$(GO) -C internal/test/outside test ./...

.PHONY: test-interop
test-interop: tools gnupg editors hook-managers minio action-tools ## Run both ways through the released sops; the Action by act; hold CI to MinIO's STS, the scan to gitleaks, the reader of Git to go-git
	$(GO) test -count=1 -tags $(TAGS),interop -timeout 30m ./internal/test/interop/ ./internal/test/actiontest/
	$(GO) test -count=1 -tags $(TAGS) -run OfNode ./internal/ci/outputs/
	$(GO) -C internal/scan/equivalence test -timeout 30m ./...
	$(GO) -C internal/gitrepo/agreement test ./...

.PHONY: race
race: tools gnupg ## Run the tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -tags $(TAGS) -timeout 30m ./...

GOVULNCHECK := v1.9.0

.PHONY: vulnerabilities
vulnerabilities: # Look up what is linked in the database of known vulnerabilities; needs the network
	$(GO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) -tags $(TAGS) ./...

.PHONY: storm
storm: tools ## Repeat what depends on chance: 40 rounds of 20 writers, each signal at 50 moments of each verb
	GITSECRETS_WRITERS=40 GITSECRETS_SIGNALS=50 $(GO) test -tags $(TAGS) -timeout 30m -run 'TestTwentyWriters|TestSignalsAtAnyMoment' ./internal/cli/

.PHONY: plant
plant: ## Plant a text at every offset of encrypted files of all formats, in every spelling
	GITSECRETS_PLANT=1 $(GO) test -tags $(TAGS) -timeout 60m -run TestNothingHidesAnywhere ./encrypt/

# Documents that test-law tries.
DOCUMENTS ?= 20000

.PHONY: test-law
test-law: tools gnupg ## Hold DOCUMENTS generated files to the law: what we write, the released sops opens to the same values
	LAW_DOCUMENTS='$(DOCUMENTS)' $(GO) test -tags $(TAGS),interop -timeout 3h -run TestSopsOpensWhatWeWrite ./internal/test/interop/

.PHONY: fuzz
fuzz: ## Run every fuzz function, FUZZTIME seconds together
	@GO='$(GO)' TAGS='$(TAGS)' internal/test/fuzz/run.sh '$(FUZZTIME)'

.PHONY: bench
bench: tools build ## Measure against sops and gitleaks and print a table; --write puts it into docs/performance.md
	CGO_ENABLED=0 $(GO) -C internal/test/bench/gitleaks build -trimpath -ldflags '-s -w' -o '$(TOOLS)/' github.com/zricethezav/gitleaks/v8
	$(GO) run ./internal/test/bench $(BENCH)

.PHONY: demo
demo: tools build ## Show the main job on real files in a scratch folder
	$(GO) build -o '$(TOOLS)/' ./internal/test/cloudtest/cmd/ciserver
	@internal/test/demo/demo.sh '$(BIN)/gitsecrets' '$(TOOLS)/sops' '$(TOOLS)/ciserver'

GOLANGCI_LINT := v2.5.0
LINTSTAMP := $(TOOLS)/.golangci-lint-$(GOLANGCI_LINT)-$(shell $(GO) env GOVERSION)

$(LINTSTAMP):
	mkdir -p '$(TOOLS)'
	GOBIN='$(TOOLS)' CGO_ENABLED=0 $(GO) install -trimpath -ldflags '-s -w' github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	rm -f '$(TOOLS)'/.golangci-lint-*
	touch '$@'

.PHONY: lint
lint: tools $(LINTSTAMP) ## Check format, vet on two platforms and build on a third, golangci-lint, workflows, the Action and the example policy
	@unformatted=$$(gofmt -l $$(ls -d */ | grep -vE '^(bin|docs)/')); \
	if [ -n "$$unformatted" ]; then printf 'not gofmt-ed:\n%s\n' "$$unformatted" >&2; exit 1; fi
	$(GO) vet -tags $(TAGS),interop ./...
	CGO_ENABLED=0 GOOS=windows $(GO) vet -tags $(TAGS) ./...
	CGO_ENABLED=0 GOOS=darwin $(GO) build -tags $(TAGS) ./...
	'$(TOOLS)/golangci-lint' run ./...
	'$(TOOLS)/actionlint' -shellcheck= -pyflakes= .github/workflows/*.yml
	@d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && mkdir -p "$$d/.git" "$$d/.github/workflows" && cp -r action.yml action "$$d" && \
	for f in docs/ci/github/*.yml; do sed 's|gitsecrets/gitsecrets@[0-9a-f]*|./|' "$$f" >"$$d/.github/workflows/$${f##*/}"; done && \
	cd "$$d" && '$(TOOLS)/actionlint' -shellcheck= -pyflakes=
	$(GO) run -tags $(TAGS) ./cmd/gitsecrets lint .sops.yaml.example

.PHONY: clean
clean: ## Remove what was built
	rm -rf '$(BIN)' '$(CURDIR)/.cache'
