# The two commands of the README are `make demo` and `make test`. Each makes its own virtual
# environment and installs what it needs; a second run is quick.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# The environment is made anew when what it depends on changes.
RUNTIME := $(VENV)/.runtime-installed
TESTING := $(VENV)/.testing-installed

.PHONY: demo test check lint types imports clean help

help:
	@echo "make demo    track a real clip with the embedded networks; results in lighttrack-demo/"
	@echo "make test    run the tests"
	@echo "make check   what CI runs: lint, types, import rules and the tests"

demo: $(RUNTIME)
	$(BIN)/lighttrack demo --output lighttrack-demo

test: $(TESTING)
	$(BIN)/python -m pytest

check: lint types imports test

lint: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTING)
	$(BIN)/mypy

imports: $(TESTING)
	$(BIN)/lint-imports

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("lighttrack needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(RUNTIME): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(TESTING): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable . --group test --group lint
	touch $@ $(RUNTIME)

clean:
	rm -rf $(VENV) lighttrack-demo .pytest_cache .mypy_cache .ruff_cache
