# make demo sets up and runs the main job; make test sets up and runs the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DEMO_FLAGS ?=
export DAGSTER_DISABLE_TELEMETRY := yes

.PHONY: demo test lint types clean

demo: $(READY)
	$(BIN)/wareword run --sample $(DEMO_FLAGS)

test: $(READY)
	$(BIN)/python -m pytest $(TEST_FLAGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

# Written last, so an interrupted installation starts again where pip left off.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Wareword needs Python 3.11 to 3.13; try: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[sample,dgl,dev]'
	@touch $(READY)

clean:
	rm -rf $(VENV) workspace
