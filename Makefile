# Every command a developer needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMPS := .venv/stamps
ROOM ?=
PORT ?= 8000
WORKERS ?= 2
# A machine without uv for its platform falls back to pip.
INSTALL = if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install -q --python $(BIN)/python $(1); else $(BIN)/pip install -q $(1); fi

.PHONY: help setup setup-dev demo test check lint format types contracts templates bench screenshots nightly clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(STAMPS)/venv: requirements/uv.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt || echo "uv is not there for this machine: pip does its work"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/base: $(STAMPS)/venv requirements/base.txt pyproject.toml
	$(call INSTALL,--require-hashes -r requirements/base.txt)
	$(call INSTALL,--no-deps --no-build-isolation -e .)
	@touch $@

$(STAMPS)/dev: $(STAMPS)/base requirements/dev.txt
	$(call INSTALL,--require-hashes -r requirements/dev.txt)
	@touch $@

$(STAMPS)/spark: $(STAMPS)/dev requirements/spark.txt
	$(call INSTALL,--require-hashes -r requirements/spark.txt)
	@touch $@

$(STAMPS)/browser: $(STAMPS)/base package.json package-lock.json tools/build_static.py requirements/node.txt
	@command -v npm >/dev/null || { $(call INSTALL,--require-hashes -r requirements/node.txt); }
	$(BIN)/python tools/build_static.py
	@touch $@

setup: $(STAMPS)/base $(STAMPS)/browser ## make the virtual environment and fetch the browser files

setup-dev: setup $(STAMPS)/dev ## the same, with the tools for tests and checks

demo: setup ## serve the real channel on this machine: log in and look around
	$(BIN)/portal demo --port $(PORT)

test: check chromium java $(STAMPS)/spark ## everything: checks, tests on SQLite and PostgreSQL, journeys in Chromium, a Spark cluster, coverage
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term:skip-covered --no-cov-on-fail --durations=15
	@$(BIN)/python tools/check_full_coverage.py

check: lint contracts templates types ## the checks that run no test: style, formatting, types, import contracts, templates

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/vulture

format: setup-dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup-dev
	$(BIN)/mypy

contracts: setup-dev
	$(BIN)/lint-imports --no-cache

templates: setup-dev
	$(BIN)/djlint --lint --quiet portal

.PHONY: chromium
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	else echo "The journeys need Chromium: install it (Debian: apt-get install chromium) and try again." >&2; exit 1; fi

.PHONY: java
java:
	@command -v java >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless >/dev/null; \
	else echo "The Spark tests need Java 17: install it (Debian: apt-get install openjdk-17-jre-headless) and try again." >&2; exit 1; fi

bench: setup-dev ## measure speed, as ratios in one run (ROOM=engine measures one room)
	@[ ! -f requirements/bench.txt ] || { $(call INSTALL,--require-hashes -r requirements/bench.txt); }
	$(BIN)/python -m tests.bench $(ROOM)

screenshots: setup-dev chromium ## photograph the pages of the demo into screenshots/
	$(BIN)/python -m tests.journeys.screenshots

nightly: test ## the tests again with many more random examples, then the measurements
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ROOM)
	$(MAKE) bench

clean: ## remove what set-up and tests made (the data folder stays)
	rm -rf .venv node_modules portal/static/vendor build dist .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.* htmlcov
