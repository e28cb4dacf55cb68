# Everything is installed inside .venv; nothing outside this directory is touched.

BIN := .venv/bin
PYTHON := $(BIN)/python
# Who watches sees what pip downloads, a log only what goes wrong.
QUIET := $(if $(shell test -t 2 && echo terminal),,--quiet --quiet)
INSTALL := $(PYTHON) -m pip install $(QUIET) --disable-pip-version-check --constraint constraints.txt

# Empty: the first of these that is new enough. Or say which: make setup BASE_PYTHON=/opt/python3.12/bin/python3
BASE_PYTHON ?=
CANDIDATES := python3 python3.13 python3.12 python3.11

# One file's tests stay in one process, so that what a file sets up is set up once.
PYTEST ?= --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo lecture test lint format proto bench bench-peers

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.installed ## create .venv with the pinned dependencies and the program .venv/bin/seq2seq
	@echo "ready: .venv/bin/seq2seq"

demo: setup ## train the twins, compare them, serve them, translate, draw the attention
	$(BIN)/seq2seq demo

lecture: setup ## run every command of docs/lecture, and write output and figures into its pages
	$(PYTHON) docs/lecture/build.py

test: lint ## everything that must hold: format, lint, types, imports, schemas, tests
	@echo "== tests"
	@$(PYTHON) -m pytest $(PYTEST)

lint: .venv/.installed-dev ## the checks of 'test' that run nothing
	@echo "== format"
	@$(BIN)/ruff format --check .
	@echo "== lint"
	@$(BIN)/ruff check .
	@echo "== types"
	@$(BIN)/mypy seq2seq server tests proto benchmarks docs
	@echo "== imports"
	@$(BIN)/lint-imports --no-logo
	@echo "== proto"
	@$(PYTHON) proto/generate.py --lint
	@echo "== compose"
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@echo "== image"
	@$(BIN)/hadolint server/Dockerfile
	@echo "== shell"
	@$(BIN)/shellcheck .ci/run

format: .venv/.installed-dev ## rewrite the files as 'lint' wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

proto: .venv/.installed-dev ## generate seq2seq/v1 from proto/
	$(PYTHON) proto/generate.py

bench: .venv/.installed-dev ## measure decoding, serving, memory and training; fails if the fast paths are no longer fast
	$(PYTHON) -m benchmarks --publish

bench-peers: .venv/.installed-dev ## measure other systems on the same work, each in build/peers
	$(PYTHON) -m benchmarks.peers --publish

# The stamps make a second run do nothing. setuptools comes first because the project is built
# without isolation: a build in its own environment would ignore the constraints.
KERNELS := $(wildcard seq2seq/nn/inference/kernels/*)
.venv/.installed: pyproject.toml constraints.txt $(KERNELS) | $(BIN)/pip
	@echo "== installing into .venv (the first time takes minutes: torch is large)"
	@$(INSTALL) --upgrade pip setuptools
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: pyproject.toml constraints.txt $(KERNELS) | $(BIN)/pip
	@echo "== installing into .venv, with the tools for development"
	@$(INSTALL) --upgrade pip setuptools
	@$(INSTALL) --no-build-isolation --editable '.[dev]'
	@touch .venv/.installed $@

# pip is the last thing that venv installs: where it is missing, the environment is unfinished.
$(BIN)/pip:
	@for python in $(or $(BASE_PYTHON),$(CANDIDATES)); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "== creating .venv with $$("$$python" --version)"; \
	    exec "$$python" -m venv --clear .venv; \
	  fi; \
	done; \
	echo "make: Python 3.11 or newer is needed, and none of these is: $(or $(BASE_PYTHON),$(CANDIDATES))." >&2; \
	echo "      Install one, or name it: make setup BASE_PYTHON=/path/to/python3" >&2; \
	exit 1
