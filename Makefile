# make demo sets up and runs the main job; make test sets up and runs the tests.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO_FLAGS ?=
TEST_FLAGS ?= -m 'not slow'
# Which Python makes the environment: the first of these that runs and is 3.11, 3.12 or 3.13.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c '$(FITS)' 2>/dev/null && echo $$name && break; done)
export DAGSTER_DISABLE_TELEMETRY := yes

.PHONY: demo test lint types clean

demo: $(READY)
	$(BIN)/wareword run --sample $(DEMO_FLAGS)

test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(TEST_FLAGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

# Written last, so an interrupted installation starts again where pip left off.
$(READY): pyproject.toml constraints.txt
	@$(or $(PYTHON),false) -c '$(FITS)' 2>/dev/null || { \
		echo "Wareword needs Python 3.11, 3.12 or 3.13, and found none. Install one, then:"; \
		echo "  make $(or $(MAKECMDGOALS),demo) PYTHON=python3.11"; exit 1; }
	@echo "Installing into $(VENV); this takes a minute or two ..."
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet -c constraints.txt -e '.[sample,embedding,dgl,dev]'
	@touch $(READY)

clean:
	rm -rf $(VENV) workspace
