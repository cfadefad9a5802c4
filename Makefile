# The two commands that matter: `make run` starts a portal with demonstration data, `make test` checks everything.
SHELL := /bin/bash
GO    ?= go
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
LISTEN ?= localhost:8080
DATA   ?= ./data

.PHONY: run build assets generate test check unit fmt bench bench-api bench-growth bench-portal bench-hostile bench-tools kill fuzz test-tools test-clients test-readers test-frictionless bench-validate clean help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: build ## Build, seed demonstration data the first time, serve on http://localhost:8080
	bin/socle demo --data $(DATA) --listen $(LISTEN)

build: assets ## Build bin/socle
	CGO_ENABLED=1 $(GO) build -buildvcs=false -trimpath -ldflags '$(LDFLAGS)' -o bin/socle ./cmd/socle

assets: internal/web/dist/manifest.json internal/french/cog/dist/communes.csv.gz ## Install the npm packages, bundle styles, scripts, fonts, list the communes

ASSET_SOURCES := package-lock.json $(shell find internal/web/assets -type f 2>/dev/null)
internal/web/dist/manifest.json: $(ASSET_SOURCES)
	npm ci --no-audit --no-fund --loglevel=error
	$(GO) run ./internal/web/assets/build

# The list of communes, from the yearly packages of the State's data office (7 MB, downloaded once).
internal/french/cog/dist/communes.csv.gz: internal/french/cog/package-lock.json internal/french/cog/build/main.go
	cd internal/french/cog && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error && $(GO) run ./build && rm -rf node_modules

generate: ## Write the Go code of the templates
	$(GO) tool templ generate

test: test-tools assets check unit ## Run every check: format, vet, lint, unit, integration, browser
	@echo "all checks passed"

check: ## Format, generated code, vet, lint
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) tool templ generate >/dev/null 2>&1
	@git diff --exit-code --stat -- '*_templ.go' || { echo "the generated templates are stale: run 'make generate' and commit"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

unit:
	$(GO) test -buildvcs=false -timeout 30m ./...

test-tools: ## Install what the tests need from Debian (Chromium, PostgreSQL), or say what to install
	@scripts/install-test-tools

test-clients: test-tools build ## Programs of others, unchanged, against ours: the JavaScript client, its charts, Schemathesis
	@scripts/install-clients
	SOCLE_CLIENTS=180 $(GO) test -buildvcs=false -count=1 -timeout 40m -v ./test/clients

.PHONY: test-detective
test-detective: assets ## What Socle finds in columns, beside the State's detector (csv-detective) on its own test values and on real files
	scripts/install-csv-detective bin/detective
	SOCLE_DETECTIVE=$(CURDIR)/bin/detective/bin/python $(GO) test -buildvcs=false -count=1 -v ./test/detective

.PHONY: test-contracts
test-contracts: ## The data contracts that Socle writes, held to the standard's own schema and to the command of others (installs them: about a minute)
	scripts/install-odcs bin/contracts
	SOCLE_CONTRACTS=$(CURDIR)/bin/contracts/bin $(GO) test -buildvcs=false -count=1 -v ./test/contracts

test-readers: ## Read every export back with GDAL, DuckDB, openpyxl, odfpy, icalendar, pyarrow, rdflib… (installs them: about two minutes)
	scripts/install-readers bin/readers
	SOCLE_READERS=$(CURDIR)/bin/readers/bin/python $(GO) test -buildvcs=false -count=1 -run IndependentReaders -v ./internal/explore

test-frictionless: ## Judge the same files as frictionless-py, fault by fault (installs it; SOCLE_FRICTIONLESS_DATA=… for the data of its repository)
	scripts/install-frictionless bin/frictionless
	SOCLE_FRICTIONLESS=$(CURDIR)/bin/frictionless/bin/python $(GO) test -buildvcs=false -count=1 -v ./test/frictionless

fmt: ## Format the code and the templates
	gofmt -w $$(git ls-files '*.go')
	$(GO) tool templ fmt internal

bench: build ## Publishing, querying and exporting beside DuckDB alone, with ratios (several minutes, 4 GB of disk)
	$(GO) run -buildvcs=false ./bench/publish

# Flags go in BENCH, for instance: make bench-api BENCH='-rows 1000000 -clients 1,64'. See docs/performance.md.
bench-api: build bench-tools ## The data API beside DuckDB, Datasette and CKAN's datastore, at 1, 8 and 64 clients (BENCH='-rows 1000000')
	$(GO) run -buildvcs=false ./bench/api $(BENCH)

bench-growth: build ## The same questions on 100 thousand rows, a million, ten million (BENCH='-most 100000000' for more)
	$(GO) run -buildvcs=false ./bench/api -growth $(BENCH)

bench-portal: build bench-tools ## A whole ministry's portal: publish it, answer its calls, beside nginx (BENCH='-scale 0.1 -list list.csv')
	$(GO) run -buildvcs=false ./bench/portal $(BENCH)

bench-hostile: build ## What ordinary readers feel while others send hostile questions
	$(GO) run -buildvcs=false ./bench/hostile $(BENCH)

bench-validate: build ## Validating 5,000,000 rows by 30 rules, beside frictionless-py, DuckDB and others (BENCH='-rows 500000')
	scripts/install-frictionless bin/frictionless
	scripts/install-validators bin/frictionless
	$(GO) run -buildvcs=false ./bench/validate $(BENCH)

bench-tools:
	@scripts/install-bench-tools

kill: build ## Kill publishing at 200 random moments, on one machine and on many nodes; check what is left each time
	SOCLE_KILLS=200 $(GO) test -buildvcs=false -count=1 -timeout 60m -run TestKill -v ./internal/cli/...

.PHONY: test-trino
test-trino: test-tools ## The same questions on DuckDB and on a real Trino with two workers, over PostgreSQL and S3 (8 GB of memory; downloads 821 MB once)
	@set -e; found=$$(scripts/trino-server); \
		SOCLE_TRINO_HOME=$$(echo "$$found" | head -1) SOCLE_JAVA_HOME=$$(echo "$$found" | tail -1) \
		nice $(GO) test -buildvcs=false -count=1 -p 1 -timeout 60m -v -run Trino ./internal/cli ./internal/explore ./internal/app

fuzz: ## Each fuzz target for a minute
	@set -e; for package in $$($(GO) list ./internal/...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package 2>/dev/null | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 60s -fuzzminimizetime 1x $$package; \
		done; done

clean: ## Remove what was built (never the data)
	rm -rf bin node_modules internal/web/dist/*
