# Kaja. Nothing but Python 3.11 and make is needed; every step runs only when what it depends on has changed.
#   make run     a running Kaja with a demo company      PORT=8001 KAJA_DATA_DIR=/somewhere
#   make check   format, lint, types, imports, translations: the fast part
#   make test    everything, on SQLite and PostgreSQL, with a browser and a real Bluesky server
#   make bench   how fast it is, as ratios
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DONE := build/done
PORT ?= 8000
export PORT

.PHONY: run check style imports types words rules test bench lock messages install install-test machine clean
.DEFAULT_GOAL := run
SIDE_BY_SIDE = $(MAKE) --no-print-directory -j3

run: install
	@KAJA_DEMO=1 KAJA_DATA_DIR="$${KAJA_DATA_DIR:-data}" $(BIN)/python -m tools.start

# --- what a running Kaja needs --------------------------------------------------------------------------------------
install: $(DONE)/run $(DONE)/assets $(DONE)/translations

$(BIN)/python:
	@echo "Making a virtual environment …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kaja needs Python 3.11 or newer: apt-get install python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing python3-venv …"; apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); \
	  else echo "Python cannot make virtual environments here. Run: sudo apt-get install python3-venv"; exit 1; fi; }

$(DONE)/run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Kaja needs …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/build.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(DONE) && touch $@

$(DONE)/node_modules: frontend/package-lock.json | $(DONE)/run
	@echo "Fetching fonts, icons and charts …"
	@$(BIN)/python -m tools.npm frontend
	@mkdir -p $(DONE) && touch $@

$(DONE)/assets: $(DONE)/node_modules tools/assets.py $(shell find kaja -name '*.html' -o -name '*.py' 2>/dev/null)
	@$(BIN)/python -m tools.assets
	@touch $@

$(DONE)/translations: $(shell find kaja -name '*.po' 2>/dev/null) tools/translations.py | $(DONE)/run
	@$(BIN)/python -m tools.translations --compile
	@mkdir -p $(DONE) && touch $@

# --- what the tests need --------------------------------------------------------------------------------------------
# First what pip brings (npm is among it, where the machine has none), then what wants it.
install-test:
	@$(SIDE_BY_SIDE) $(DONE)/test $(DONE)/swift machine
	@$(SIDE_BY_SIDE) install $(DONE)/bluesky

# After the virtual environment, for which apt-get may be at work.
machine: | $(BIN)/python
	@command -v chromium >/dev/null || [ -n "$$KAJA_CHROMIUM" ] || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing Chromium …"; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; \
	  else echo "The browser tests need Chromium: sudo apt-get install chromium, or set KAJA_CHROMIUM"; exit 1; fi; }
	@{ command -v redis-server && ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing PostgreSQL and Redis for the Bluesky network …"; apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql redis-server >/dev/null; \
	  else echo "The Bluesky network of the tests needs PostgreSQL and Redis: sudo apt-get install postgresql redis-server"; exit 1; fi; }

$(DONE)/test: requirements/test.txt $(DONE)/run
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/test.txt
	@mkdir -p $(DONE) && touch $@

$(DONE)/bluesky: tests/peers/bluesky/package-lock.json $(DONE)/test
	@echo "Fetching the Bluesky server for the tests …"
	@$(BIN)/python -m tools.npm tests/peers/bluesky
	@touch $@

$(DONE)/swift: requirements/swift.txt | $(BIN)/python
	@echo "Fetching a store that speaks S3 for the tests …"
	@rm -rf build/swift && $(PYTHON) -m venv build/swift
	@build/swift/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/swift.txt
	@mkdir -p $(DONE) && touch $@

check: style imports types words rules
	@echo "check: fine"

style: $(DONE)/test
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

imports: $(DONE)/test
	@$(BIN)/lint-imports --no-logo > build/imports.log 2>&1 || { cat build/imports.log; exit 1; }

types: $(DONE)/test
	@$(BIN)/mypy --no-error-summary

words: $(DONE)/test
	@$(BIN)/python -m tools.translations --check

rules: $(DONE)/test $(DONE)/translations
	@$(BIN)/python -m pytest -q --no-header tests/houserules

test: install-test
	@$(SIDE_BY_SIDE) check
	@echo "Tests on SQLite …"
	@$(BIN)/python -m pytest -q --no-header -n 3 --ignore tests/houserules
	@echo "Tests on PostgreSQL …"
	@KAJA_TEST_DB=postgres $(BIN)/python -m pytest -q --no-header -n 3 --ignore tests/houserules \
	  -m "not browser and not one_database"

bench: install-test
	@$(BIN)/python -m bench

# --- for developers -------------------------------------------------------------------------------------------------
lock: $(DONE)/test
	@$(BIN)/python -m pip install --quiet uv
	@for name in build run swift; do $(BIN)/python -m uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done
	@$(BIN)/python -m uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 requirements/test.in -o requirements/test.txt -c requirements/run.txt

messages: $(DONE)/test
	@$(BIN)/python -m tools.translations

clean:
	@rm -rf build $(VENV) frontend/node_modules tests/peers/bluesky/node_modules kaja/static/kaja/vendor kaja/static/kaja/icons.svg
