# Everything a developer or a new user runs. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install build programs demo run test unit-test end-to-end lint format proto bench bench-profiles bench-import bench-access crash-test fuzz soak test-restarts test-sanitizers test-attacks test-overload clean

PYTHON := .venv/bin/python
SWIFT_SOURCES := Package.swift Sources Tests benchmarks examples
# What ships is what is tested: one release build serves the unit tests, the end-to-end tests, the demo and the benchmarks.
SWIFT_BUILD := swift build -c release
# What the demo and a first run need: two programs, no benchmarks, no examples, no tests. Most of the time goes into SwiftNIO's copy of BoringSSL
# and into optimising: a first look does without, unless optimised programs are there already or CONFIGURATION=release asks for them.
CONFIGURATION ?= $(if $(wildcard .build/release/bespokectl),release,debug)
SWIFT_BUILD_PROGRAMS = swift build -c $(CONFIGURATION) --product bespoked && swift build -c $(CONFIGURATION) --product bespokectl
# The programs that were built last, whichever way.
BIN := .build/bin
# Arguments for pytest, such as: make end-to-end PYTEST="-k reflection -x"
PYTEST ?=

help: ## List the targets
	@echo "Bespoke: which ad and page should this visitor see, and why?"
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

install: ## Install what is missing: Debian packages and the Python environment of the tests
	@scripts/install-dependencies

build: install ## Build the release binaries
	@echo "==> Building (release)"
	$(SWIFT_BUILD)
	@ln -sfn release $(BIN)

programs: install
	@[ -x .build/$(CONFIGURATION)/bespokectl ] || echo "==> Building bespoked and bespokectl ($(CONFIGURATION)): the first time about five minutes on two cores, optimised about eleven; each line says how far it is"
	$(SWIFT_BUILD_PROGRAMS)
	@ln -sfn $(CONFIGURATION) $(BIN)

demo: programs ## See it work: decide for five visitors, push new rules under load, print latencies (built in about five minutes, shown in one)
	@BINARIES=$(CURDIR)/$(BIN) scripts/demo

run: programs ## Run the daemon on config/rules with the sample profiles, until Ctrl-C
	@scripts/run

test: install ## Build once in release, then run the unit tests and the end-to-end tests
	@echo "==> Building everything with its tests (release)"
	$(SWIFT_BUILD) --build-tests
	@echo "==> Unit tests"
	swift test -c release --skip-build
	@echo "==> End-to-end tests: the real daemon, and clients that this project did not write"
	$(PYTHON) -m pytest Tests/EndToEnd --reruns 1 -rR $(PYTEST)

unit-test: install ## Run the unit tests only
	$(SWIFT_BUILD) --build-tests
	swift test -c release --skip-build

end-to-end: build ## Run the end-to-end tests only; PYTEST="-k word -x" picks some
	$(PYTHON) -m pytest Tests/EndToEnd $(PYTEST)

lint: install ## Check format, structure and generated code; change nothing
	@echo "==> swift format lint"
	swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)
	@echo "==> scripts/tidy"
	@scripts/tidy
	@echo "==> Generated code"
	@$(PYTHON) scripts/generate-proto --check

format: ## Format all Swift sources
	swift format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)

proto: install ## Generate Sources/CBespokeProto and Sources/Messages/Generated from proto/ again
	@$(PYTHON) scripts/generate-proto

bench: build ## Measure Decide beside libgrpc++ and nghttpd, the same sizes, one core each; rules, experiments (about six minutes)
	@status=0; $(PYTHON) benchmarks/bench_rules.py || status=1; \
	$(PYTHON) benchmarks/bench_experiments.py || status=1; $(PYTHON) benchmarks/bench.py || status=1; exit $$status

fuzz: install ## Feed mutated rules, files, frames and messages to their readers (FUZZ_SECONDS=12 each)
	@scripts/fuzz

bench-profiles: build ## Measure stored profiles beside redis-server: memory, start, lookups; BENCH_LARGE=1 for ten million
	@$(PYTHON) benchmarks/bench_profiles.py

bench-access: build ## Measure what TLS, tokens and reading certificates again cost: CPU, nanoseconds, allocations
	@$(PYTHON) benchmarks/bench_access.py
	@BESPOKE_SPEED_BARS=1 swift test -c release --skip-build --filter AccessTests.SpeedTests

bench-import: build ## Measure `profiles import`: 700,000 rows of 20 columns as a whole, plain and through a mapping
	@$(PYTHON) benchmarks/bench_import.py

crash-test: build ## Kill the daemon at random moments while it writes; CRASH_ROUNDS=1000 for the long run
	@$(PYTHON) Tests/EndToEnd/crash.py

test-attacks: build ## Attack the daemon in every known way beside a good client; ATTACK_SECONDS=10 for each
	@ATTACK_SECONDS=$${ATTACK_SECONDS:-10} ATTACK_SLACK_MS=$${ATTACK_SLACK_MS:-5} $(PYTHON) -m pytest Tests/EndToEnd/test_attacks.py $(PYTEST)

test-overload: build ## Ask twice as much as the daemon can answer; OVERLOAD_SECONDS=10
	@OVERLOAD_SECONDS=$${OVERLOAD_SECONDS:-10} $(PYTHON) -m pytest -s Tests/EndToEnd/test_overload.py $(PYTEST)

test-restarts: build ## Restart the daemon under load, its sockets handed over; RESTARTS=20
	@RESTARTS=$${RESTARTS:-20} $(PYTHON) -m pytest Tests/EndToEnd/test_service_manager.py $(PYTEST)

soak: build ## Serve at 70% of the peak among pushes and imports; SOAK_SECONDS=1800
	@$(PYTHON) benchmarks/soak.py

# Each in a build folder of its own: a sanitizer is compiled in. Suites by SUITES, since all take hours.
test-sanitizers: install ## Unit tests under the thread and address sanitizers; SUITES='GRPCTests|LedgerTests'
	@for sanitizer in thread address; do \
		echo "==> $$sanitizer"; \
		swift test --sanitize=$$sanitizer --scratch-path .build-$$sanitizer --filter "$${SUITES:-GRPCTests|HTTP2Tests|LedgerTests|WireTests}"; \
	done

clean: ## Remove everything that was built or installed below this folder
	rm -rf .build .build-* .venv run
