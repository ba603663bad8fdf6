# The two commands a newcomer needs are `make audit` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: audit test lint types house gen bench check clean apt

audit: $(BIN)/ringfence  ## install into a virtual environment and audit this machine and the current folder
	@$(BIN)/ringfence audit $(ARGS) || { status=$$?; [ $$status -eq 3 ] && \
	  echo "make audit: part of the work could not be done (exit status 3); the report says which part"; [ $$status -eq 3 ]; }

test: apt $(VENV)/.test  ## install everything the tests need (saying what), then run them all
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

house: $(VENV)/.test
	PYTHONPATH=src $(BIN)/lint-imports

gen: $(VENV)/.test  ## write again what is generated: pages of checks, the schema of the report
	$(BIN)/python docs/generate.py

bench: $(VENV)/.test
	for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file; done

check: lint types house test

# Debian packages the live tests need. Says what it installs; without root or sudo it says so and the live tests skip.
apt:
	@sh tests/install-packages.sh

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(BIN)/ringfence: pyproject.toml hatch_build.py $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(BIN)/ringfence
	$(BIN)/python -m pip install --quiet --editable '.[static,trust,keyless,pkcs11,admission]' --group test --group lint
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
