# The two commands: `make demo` tries the helpdesk, `make test` proves it. Both prepare .venv by themselves.

PORT ?= 8000
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
ARGS ?=
BIN := .venv/bin

.PHONY: demo test lint format bench requirements clean

demo: .venv/.installed
	@exec $(BIN)/python manage.py demo --port $(PORT) $(ARGS)

test: .venv/.installed-dev
	@exec $(BIN)/python -m helpdesk.tests.everything $(ARGS)

lint: .venv/.installed-dev
	@exec $(BIN)/python -m helpdesk.tests.everything --only lint

# Writes the layout that `make lint` asks for.
format: .venv/.installed-dev
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html' ':!templates/emails')

bench: .venv/.installed-dev
	@exec $(BIN)/python manage.py bench $(ARGS)

# After a change of the dependencies in pyproject.toml.
requirements: .venv/.installed-dev
	$(BIN)/uv pip compile -q pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles var/demo var/test

.venv/bin/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "The helpdesk needs Python 3.11 or newer; name it with: make demo PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "This Python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt | .venv/bin/python
	@echo "Installing $$(grep -c '==' requirements.txt) packages from requirements.txt (once; about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements.txt requirements-dev.txt | .venv/bin/python
	@echo "Installing $$(grep -c '==' requirements-dev.txt) packages from requirements-dev.txt (once; about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/.installed $@
