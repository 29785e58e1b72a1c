# The two commands of the README are `make demo` and `make test`. Each makes its own virtual
# environment and installs what it needs; a second run is quick.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# For example: make test PYTEST_OPTIONS="tests/unit/io -x"
PYTEST_OPTIONS ?=

# The environment is made anew when what it depends on changes.
RUNTIME := $(VENV)/.runtime-installed
TESTING := $(VENV)/.testing-installed

.PHONY: help demo test check lint types imports clean

help:
	@echo "make demo    track a real clip with the embedded networks; results in lighttrack-demo/"
	@echo "make test    run the tests"
	@echo "make check   lint, types, import rules and the tests"
	@echo "make clean   remove the virtual environment, the demo's results and caches"

demo: $(RUNTIME)
	$(BIN)/lighttrack demo --output lighttrack-demo

test: $(TESTING)
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

check: lint types imports test

lint: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTING)
	$(BIN)/mypy

imports: $(TESTING)
	$(BIN)/lint-imports

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("lighttrack needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another one with: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(RUNTIME): pyproject.toml | $(BIN)/python
	@echo "Installing lighttrack and what it needs into $(VENV) (once; this takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(TESTING): pyproject.toml | $(BIN)/python
	@echo "Installing lighttrack and what its tests need into $(VENV) (once; this takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --editable . --group test --group lint
	@touch $@ $(RUNTIME)

clean:
	rm -rf $(VENV) lighttrack-demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
