# Two commands: `make run` and `make test`. Everything is installed into this folder, and only when it changed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test install dev bench lint format shots chaos lock

PY := .venv/bin/python
STATIC_SOURCES := $(shell find static templates -type f -not -path 'static/dist/*' 2>/dev/null)

help: ## What can be done here
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: .venv/.run static/dist/.built ## Start everything; Ctrl-C ends it (PORT=8080 to choose the port)
	@exec $(PY) -m cdnadmin.supervisor

test: dev static/dist/.built ## Every check and test
	@$(PY) -m tests.chromium
	@$(MAKE) --no-print-directory lint
	$(PY) -m pytest -n 2 --dist loadscope -q

install: .venv/.run static/dist/.built ## Install what running needs

dev: .venv/.dev

bench: dev ## Ratios against peers; ONLY=name for one
	@$(PY) -m benchmarks $(ONLY)

lint: dev ## Style, types, layers, templates, migrations
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint templates --lint --quiet
	$(PY) manage.py check
	$(PY) manage.py makemigrations --check --dry-run

format: dev ## Put the code into shape
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

shots: dev static/dist/.built ## Screenshots of every page into var/shots/
	@$(PY) -m tests.chromium
	$(PY) -m tests.e2e.shots

chaos: dev ## Kill the worker 20 times over 50 uploads and 10 creations
	$(PY) -m pytest tests/chaos -m chaos -q -s

# --- what these stand on -------------------------------------------------------------------------

# A name on the PATH may be a shim without a Python behind it: what counts is that it runs.
.venv/.made:
	@for name in python3.13 python3.12 python3.14 python3 python; do \
	  if $$name -c 'import sys, venv; sys.exit(sys.version_info < (3, 12) or sys.implementation.name != "cpython")' >/dev/null 2>&1; \
	  then found=$$name; break; fi; done; \
	if [ -z "$$found" ]; then echo "cdnadmin needs CPython 3.12 or newer, and none was found on the PATH." >&2; exit 1; fi; \
	echo "Making .venv with $$($$found --version)"; \
	if uv --version >/dev/null 2>&1; then uv venv --quiet --allow-existing --python "$$($$found -c 'import sys; print(sys.executable)')" .venv; \
	else $$found -m venv .venv; fi
	@touch $@

.venv/.run: requirements.lock .venv/.made
	@echo "Installing Python packages"
	@if [ -f .venv/.dev ] && [ .venv/.dev -nt requirements.lock ]; then :; \
	elif uv --version >/dev/null 2>&1; then uv pip install --quiet --python $(PY) --require-hashes -r requirements.lock; \
	else $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; fi
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.made
	@echo "Installing Python packages, those for tests too"
	@if uv --version >/dev/null 2>&1; then uv pip install --quiet --python $(PY) --require-hashes -r requirements-dev.lock; \
	else $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; fi
	@touch $@

node_modules/.installed: package.json package-lock.json
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null || \
	  { echo "cdnadmin needs Node 20 or newer to build its pages' styles and scripts." >&2; exit 1; }
	@echo "Installing Node packages"
	@npm ci --silent --no-audit --no-fund
	@touch $@

static/dist/.built: node_modules/.installed $(STATIC_SOURCES)
	@echo "Building styles and scripts"
	@mkdir -p static/dist
	@npm run --silent build > static/dist/build.log 2>&1 || { cat static/dist/build.log >&2; exit 1; }
	@touch $@
