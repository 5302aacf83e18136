# Everything that one does with this project; `make` alone lists it.
# Needed on the machine: Python 3.11 or newer, git and make. All else goes into .venv, from requirements.lock.

# The first Python that is new enough; another one: make PYTHON=/path/to/python3 …
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
WORKERS ?= 2
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development

.DEFAULT_GOAL := help
.PHONY: help setup demo test faults lint serve docs bench bench-groot lock clean
.DELETE_ON_ERROR:

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(RUNTIME) ## Make .venv with what the server needs
	@echo "Ready: $(BIN)/verwerkingenlog --help"

demo: $(RUNTIME) ## Start a sample municipality to try; Ctrl-C stops it
	@exec $(BIN)/verwerkingenlog demo $(ARGS)

test: $(DEVELOPMENT) ## Run all tests (ARGS="-k M4" runs some, WORKERS=4 uses more processes)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

faults: $(DEVELOPMENT) ## Kill the log 200 times under load and look whether anything is missing
	FAULT_ROUNDS=200 $(BIN)/python -m pytest -s tests/faults $(ARGS)

lint: $(DEVELOPMENT) ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

serve: $(RUNTIME) ## Start the server with the settings of the environment
	@exec $(BIN)/verwerkingenlog serve $(ARGS)

docs: $(DEVELOPMENT) ## Make docs/regels.md and docs/instellingen.md again
	$(BIN)/python -m tests.rules_table > docs/regels.md
	$(BIN)/python -m verwerkingenlog.config > docs/instellingen.md

bench: $(DEVELOPMENT) ## Measure the log against its limits and renew bench/README.md
	$(BIN)/python -m bench $(ARGS)

bench-groot: $(DEVELOPMENT) ## The same with ten million records and an hour of load
	$(BIN)/python -m bench --groot $(ARGS)

# The lock file has two parts, so that `make demo` can leave out what only developers need: first what the
# server runs, then, below the line that starts with "# Development", the rest.
COMPILE = $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra otel --group build pyproject.toml

lock: $(BIN)/python ## Renew requirements.lock with the newest versions that fit
	@$(PIP) install uv
	@{ echo "# Made by 'make lock' from pyproject.toml. First part: what the server runs."; $(COMPILE); } > .venv/first.txt
	@{ echo "# Development: what the tests and checks need besides."; $(COMPILE) --group dev -c .venv/first.txt \
		$$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' .venv/first.txt); } > .venv/second.txt
	@cat .venv/first.txt .venv/second.txt > requirements.lock

clean: ## Remove .venv and what tools left behind; data stays
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found; install one, or name it: make PYTHON=…" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the server needs into .venv …"
	@sed '/^# Development/,$$d' requirements.lock > .venv/runtime.txt
	@$(PIP) install --require-hashes -r .venv/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the server and its tests need into .venv …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(RUNTIME)
