# The commands of this project. Each is a script of the same name in scripts/, which installs what is missing first.

.DEFAULT_GOAL := help
.PHONY: help run dev check test soak lint deny bench bench-quick bench-jobs bench-page setup clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## build, start Redis, sandbox and server, and say where to sign in
	@scripts/run.sh

dev: ## the same with a debug build that rebuilds and reloads the page on every change
	@scripts/dev.sh

check: ## what one runs all the time: format, clippy, unit tests
	@scripts/check.sh

test: ## format check, clippy, Rust tests and browser tests
	@scripts/test.sh

soak: ## the tests that take minutes or volume: each fault again and again, floods, every hostile text everywhere
	@scripts/soak.sh

lint: ## the format check and clippy alone
	@scripts/lint.sh

deny: ## check dependencies for advisories, licences and sources (builds cargo-deny once)
	@scripts/deny.sh

bench: ## measure the event stream beside its peers, and write docs/benchmarks.md
	@scripts/bench.sh whole

bench-quick: ## the same in short, which writes nothing
	@scripts/bench.sh quick

bench-jobs: ## measure the job lanes beside BullMQ
	@scripts/bench-jobs.sh

bench-page: ## measure the open page: from PUBLISH to its text, its frames, its first paint, its log lines
	@scripts/bench-page.sh

setup: ## install what building and running need, and start nothing
	@scripts/setup.sh

clean: ## remove what was built and Redis's data in .run; .env and the tools' cache stay
	@scripts/clean.sh
