# Everything a person calls. `make help` explains each target in a line.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app app
HOST ?= 127.0.0.1
PORT ?= 5000
PORTAL_INSTANCE ?= instance
export HOST PORT PORTAL_INSTANCE

.DEFAULT_GOAL := help
.PHONY: help run test check bench race browser screenshot messages clean

help: ## explain every target in a line
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/running ## install, make the database and the demonstration, and serve (PORT, HOST by environment)
	@$(FLASK) init
	@$(FLASK) demo
	@echo
	@echo "Tongbao 统保 is at http://$(HOST):$(PORT)"
	@echo "One login per role (also in $(PORTAL_INSTANCE)/demo-logins.txt):"
	@sed 's/^/  /' $(PORTAL_INSTANCE)/demo-logins.txt
	@echo
	@exec $(BIN)/gunicorn app:app --bind $(HOST):$(PORT) --workers 2 --threads 4 --log-level warning

test: $(VENV)/testing ## everything: lint, format, types, tests, browser journeys
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/testing ## lint, format check and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/mypy --strict

bench: $(VENV)/testing ## speed and memory as ratios against a bare lower bound in the same run
	@$(BIN)/python -m benchmarks

race: $(VENV)/testing ## 200 rounds of eight approvals at once against one cap, on SQLite and PostgreSQL (half an hour)
	@PORTAL_RACE_ROUNDS=200 $(BIN)/pytest tests/claims/test_approval_race.py -n 0

browser: ## install Chromium and Chinese fonts for the browser journeys (Debian, needs root)
	apt-get update -q && apt-get install -y -q chromium fonts-noto-cjk

screenshot: $(VENV)/testing ## make the README's picture of the queue anew
	@PORTAL_SCREENSHOT=1 $(BIN)/pytest tests/journeys -n 0 -k picture

messages: $(VENV)/testing ## bring the catalogue of translations up to date and compile it
	@$(BIN)/python -m portal.translations

clean: ## take away the virtual environment and caches; the instance stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/running: requirements.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/testing: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/running
