# Everything a developer calls; `make up` and `make test` set up whatever they need.
.PHONY: setup up down clean test failures lock format
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VENV := .venv
STAMP := $(VENV)/.stamp
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

setup: $(STAMP)

# The stamp is newer than all locks when there is nothing to install.
$(STAMP): requirements.txt package-lock.json .npmrc Makefile
	@python=$$(for name in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	    $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$name && break; done || true); \
	[ -n "$$python" ] || { echo "make: Python 3.11, 3.12 or 3.13 is needed (set PYTHON=/path/to/it)" >&2; exit 1; }; \
	node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null || { echo "make: Node 20 or newer is needed" >&2; exit 1; }; \
	[ -x $(VENV)/bin/python ] || $$python -m venv $(VENV)
	@uv=$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.txt); \
	$(VENV)/bin/python -m pip --disable-pip-version-check install --quiet "$$uv"
	$(VENV)/bin/uv pip sync --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes requirements.txt
	npm ci --silent --no-progress
	@printf '#!%s\nimport runpy, sys\nsys.path[0] = "%s"\nrunpy.run_module("ops", run_name="__main__", alter_sys=True)\n' \
	    "$(CURDIR)/$(VENV)/bin/python" "$(CURDIR)" > $(VENV)/bin/ates && chmod +x $(VENV)/bin/ates
	@touch $@

up down clean: setup
	@$(VENV)/bin/ates $@

test: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest -n 3 --dist=loadscope

# Every failure scenario, those of the night too; the table in docs/failures.md then has their figures.
failures: setup
	rm -rf build/failures
	$(VENV)/bin/pytest -n 0 -m "" tests/system/failures
	$(VENV)/bin/python -m tests.system.failures.table

format: setup
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# After a change of the dependencies in pyproject.toml: what runs locally, then what the layer holds.
lock: setup
	$(COMPILE) --group dev pyproject.toml -o requirements.txt
	$(COMPILE) --constraints requirements.txt pyproject.toml -o infra/layer/requirements.txt
