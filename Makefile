# Two commands for a fresh machine: `make run` and `make test`. The rest is for those who work on it; `make help` lists it.

SHELL := /bin/sh
VENV := .venv
ENGINE_VENV := .venv-engine
INSTALLED_FROM := pyproject.toml constraints.txt tools/environment.py
FIND_PYTHON := python=$$(PYTHON="$(PYTHON)" sh tools/find_python.sh)
PYTEST_ARGS ?=
FUZZ_ARGS ?=

.PHONY: run test check test-engine fuzz wheel-check format clean help

run: $(VENV)/.installed
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(VENV)/bin/python tools/system_packages.py window; fi
	@$(VENV)/bin/python tools/run_sample.py

test: $(VENV)/.installed-dev
	@$(VENV)/bin/python tools/system_packages.py tests
	$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.installed-dev
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m mypy
	$(VENV)/bin/lint-imports --no-logo

# The tests of the engine, the command line and bad input, where neither Qt nor VTK is installed.
test-engine: $(ENGINE_VENV)/.installed
	$(ENGINE_VENV)/bin/python tools/prove_no_screen.py
	$(ENGINE_VENV)/bin/python -m pytest $(wildcard tests/engine tests/commands tests/faults) $(PYTEST_ARGS)

# Thousands of mutated splat files of every format: each must open or be refused in a sentence.
fuzz: $(VENV)/.installed-dev
	$(VENV)/bin/python -m tests.fuzz $(FUZZ_ARGS)

# A wheel, installed beside nothing else, finds the files that ship with it.
wheel-check: $(VENV)/.installed-dev
	$(VENV)/bin/python tools/wheel_check.py

format: $(VENV)/.installed-dev
	$(VENV)/bin/python -m ruff check --fix .
	$(VENV)/bin/python -m ruff format .

clean:
	rm -rf $(VENV) $(ENGINE_VENV) build dist *.egg-info

help:
	@echo "make run          open the window on the sample (no display: the same without a window, into depthview-output/)"
	@echo "make test         all tests"
	@echo "make check        ruff, mypy, import-linter"
	@echo "make test-engine  engine and command line in an environment without Qt and VTK"
	@echo "make fuzz         10 000 mutated splat files of every format (FUZZ_ARGS='--count 500 spz sog' for fewer)"
	@echo "make wheel-check  build a wheel and look whether it finds its own files"
	@echo "make format       let ruff put the code in order"
	@echo "make clean        remove the environments and what was built"
	@echo "Options: PYTHON=/path/to/python3.12   PYTEST_ARGS='-x tests/engine'"

$(VENV)/.installed: $(INSTALLED_FROM)
	@$(FIND_PYTHON) && "$$python" tools/environment.py $(VENV)
	@touch $@

# The tests' environment holds all that a run needs.
$(VENV)/.installed-dev: $(INSTALLED_FROM)
	@$(FIND_PYTHON) && "$$python" tools/environment.py $(VENV) --dev
	@touch $(VENV)/.installed $@

$(ENGINE_VENV)/.installed: $(INSTALLED_FROM)
	@$(FIND_PYTHON) && "$$python" tools/environment.py $(ENGINE_VENV) --engine
	@touch $@
