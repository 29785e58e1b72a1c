# The two commands of the README are `make demo` and `make test`. Each makes its own virtual
# environment and installs what it needs; a second run is quick.

ifeq ($(OS),Windows_NT)
PYTHON ?= python
SCRIPTS := Scripts
EXE := .exe
else
PYTHON ?= python3
SCRIPTS := bin
EXE :=
endif
VENV ?= .venv
BIN := $(VENV)/$(SCRIPTS)
INTERPRETER := $(BIN)/python$(EXE)
# For example: make test PYTEST_OPTIONS="tests/unit/formats -x"
PYTEST_OPTIONS ?=
# For example: make mutants MUTANTS_OPTIONS="--sample 500 --seed 1"
MUTANTS_OPTIONS ?=
# With DEPENDENCIES=minimal the oldest series of each dependency is installed, not the newest.
DEPENDENCIES ?= latest
CONSTRAINTS := $(VENV)/constraints.txt
# The linters ask for newer libraries than lighttrack does.
TEST_GROUPS := --group test $(if $(filter minimal,$(DEPENDENCIES)),,--group lint)
INSTALL := $(INTERPRETER) -m pip install --quiet --constraint $(CONSTRAINTS)

# The environment is made again when what it depends on changes.
RUNTIME := $(VENV)/.runtime-installed
TESTING := $(VENV)/.testing-installed
EVERYTHING := $(VENV)/.everything-installed
WORKFLOWS := $(VENV)/.workflows-installed
DOCS := $(VENV)/.docs-installed

.PHONY: help demo test test-all check lint types imports workflows docs build mutants clean

help:
	@echo "make demo       track a real clip with the embedded networks; results in lighttrack-demo/"
	@echo "make test       run the tests"
	@echo "make test-all   run the tests with torch and the tools that results are compared with"
	@echo "make check      lint, types, import rules and the tests"
	@echo "make workflows  check the workflows, forms and the citation file"
	@echo "make docs       build the documentation; the site is site/index.html"
	@echo "make build      build the source distribution and the wheel in dist/"
	@echo "make mutants    how many seeded mutants of tracking/ the tests notice"
	@echo "make clean      remove the virtual environment, what was built, the demo's results, caches"

demo: $(RUNTIME)
	$(BIN)/lighttrack demo --output lighttrack-demo

test: $(TESTING)
	$(INTERPRETER) -m pytest $(PYTEST_OPTIONS)

# What is installed here may not be skipped.
test-all: export LIGHTTRACK_REQUIRE_PARITY = 1
test-all: export LIGHTTRACK_REQUIRE_TRAINING = 1
test-all: export LIGHTTRACK_REQUIRE_RAY = 1
test-all: export LIGHTTRACK_REQUIRE_VIEW = 1
test-all: export LIGHTTRACK_REQUIRE_FORMATS = 1
test-all: export LIGHTTRACK_REQUIRE_RERUN = 1
test-all: $(EVERYTHING)
	$(INTERPRETER) -m pytest $(PYTEST_OPTIONS)

check: lint types imports test

lint: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTING)
	$(BIN)/mypy

imports: $(TESTING)
	$(BIN)/lint-imports

workflows: $(WORKFLOWS)
	$(BIN)/actionlint .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

docs: $(DOCS)
	$(BIN)/zensical build --strict --clean

build: $(TESTING)
	rm -rf dist
	$(INSTALL) build
	$(INTERPRETER) -m build

mutants: $(TESTING)
	$(INTERPRETER) benchmarks/quality/mutants.py $(MUTANTS_OPTIONS)

$(INTERPRETER):
	@$(PYTHON) -c 'import sys; sys.exit("lighttrack needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another one with: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(INTERPRETER) -m pip install --quiet --upgrade 'pip>=25.1'

$(CONSTRAINTS): pyproject.toml | $(INTERPRETER)
	@$(INTERPRETER) .ci/constraints.py $(DEPENDENCIES) > $@

$(RUNTIME): pyproject.toml $(CONSTRAINTS)
	@echo "Installing lighttrack and what it needs into $(VENV) (once; this takes a minute or two)"
	@$(INSTALL) --editable .
	@touch $@

$(TESTING): pyproject.toml $(CONSTRAINTS)
	@echo "Installing lighttrack and what its tests need into $(VENV) (once; this takes a minute or two)"
	@$(INSTALL) --editable . $(TEST_GROUPS)
	@touch $@ $(RUNTIME)

# The tools compared with would bring a second OpenCV, so they come without what they depend on.
$(EVERYTHING): $(TESTING)
	@echo "Installing torch and the tools that results are compared with into $(VENV)"
	@$(INSTALL) --group training --group ray --group view
	@$(INSTALL) --group formats --group rerun
	@$(INSTALL) --no-deps --group parity --group peers
	@$(INSTALL) --no-deps --ignore-requires-python --group movement
	@touch $@

$(WORKFLOWS): pyproject.toml | $(INTERPRETER)
	@$(INTERPRETER) -m pip install --quiet --group workflows
	@touch $@

$(DOCS): pyproject.toml | $(INTERPRETER)
	@$(INTERPRETER) -m pip install --quiet --group docs
	@touch $@

clean:
	rm -rf $(VENV) lighttrack-demo lighttrack-mutants dist site
	rm -rf .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
