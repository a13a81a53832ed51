# Everything lives in .venv of this checkout; nothing else on the machine is touched.
# Needed: Python >= 3.11 and make. `make help` prints the targets from the comments behind them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two workers: the machine this is tested on has two cores. A file stays in one worker, with the engine it started.
TEST_WORKERS ?= 2
ARGS ?=

UV = VIRTUAL_ENV="$(CURDIR)/$(VENV)" UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv
# The project itself: linked, not copied. No build isolation: hatchling is in the lock files, nothing unpinned is fetched.
LINK = $(UV) pip install --quiet --no-build-isolation --no-deps --editable .
# Whoever has the development environment runs with it; it holds all that running needs.
RUN_STAMP = $(if $(wildcard $(VENV)/.dev),$(VENV)/.dev,$(VENV)/.run)

.PHONY: help run env test lint oracles fmt cov screens lock bench clean cluster cluster-tools test-cluster

help: ## print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install what is needed, start everything on http://127.0.0.1:8000 (ARGS="--port 8123 --rehearsal" goes to `appeals up`)
	@$(MAKE) --silent --no-print-directory $(RUN_STAMP)
	@APPEALS_FOLLOW_PARENT=$$PPID exec $(BIN)/appeals up $(ARGS)

env: $(VENV)/.dev ## install what development and tests need into .venv

test: $(VENV)/.dev ## ruff, format, mypy, import-linter, then every test with coverage; stops at the first that fails
	@$(MAKE) --no-print-directory lint
	@echo "== Chromium" && $(BIN)/python -m tests.browser.chromium
	@echo "== pytest"
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --cov --cov-report=term $(ARGS) \
	  || { echo "make test: 测试未通过 / the tests (or the coverage they must reach) failed: see above" >&2; exit 1; }

lint: $(VENV)/.dev ## ruff, format check, mypy, import-linter
	@echo "== ruff check" && $(BIN)/ruff check \
	  || { echo "make lint: ruff 未通过 / ruff found something: 'make fmt' mends what can be mended by itself" >&2; exit 1; }
	@echo "== ruff format --check" && $(BIN)/ruff format --check \
	  || { echo "make lint: 格式不符 / not formatted: run 'make fmt'" >&2; exit 1; }
	@echo "== mypy" && $(BIN)/mypy \
	  || { echo "make lint: mypy 未通过 / mypy found type errors: see above" >&2; exit 1; }
	@echo "== lint-imports" && $(BIN)/lint-imports --no-logo \
	  || { echo "make lint: 分层约定被破坏 / a room imports what it may not: see above and [tool.importlinter]" >&2; exit 1; }

oracles: $(VENV)/.dev ## the clock arithmetic against a walk by brute force: 100,000 random cases a unit (ORACLE_SEED=2 draws others)
	@ORACLE_CASES=$${ORACLE_CASES:-100000} $(BIN)/python -m pytest -n $(TEST_WORKERS) tests/domain/test_oracles.py $(ARGS)

fmt: $(VENV)/.dev ## format, and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet; $(BIN)/ruff format

screens: $(VENV)/.dev ## pictures of every page, at a desk and on a phone, into docs/screens/ (ARGS="desk board" makes only these)
	@$(BIN)/python -m tests.browser.chromium >&2
	@$(BIN)/python -m tests.browser.screens $(ARGS)

cov: $(VENV)/.dev ## the tests once more, with the coverage as pages in htmlcov/
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --cov --cov-report=term --cov-report=html $(ARGS)

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
SHIPPED = --extra engine --extra traces --extra pdf --extra s3 --extra build

lock: $(VENV)/.uv ## pin pyproject.toml's requirements with hashes (UPGRADE=1 takes newer versions)
	@$(COMPILE) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) pyproject.toml $(SHIPPED) -o requirements/run.txt
	@$(COMPILE) pyproject.toml $(SHIPPED) --extra dev -c requirements/run.txt -o requirements/dev.txt
	@$(COMPILE) pyproject.toml $(SHIPPED) --extra dev --extra bench \
	  -c requirements/dev.txt -o requirements/bench.txt
	@if grep -nE '[a-z]+://|find-links|index-url' requirements/*.txt; then \
	  echo "make lock: a lock file names a host or a path: see above" >&2; exit 1; fi

cluster: ## the production topology on this machine: PostgreSQL, Temporal's server, API, 2 workers (needs go and PostgreSQL's packages)
	@$(MAKE) --silent --no-print-directory $(RUN_STAMP)
	@$(BIN)/python -m deploy.cluster build
	@APPEALS_FOLLOW_PARENT=$$PPID exec $(BIN)/python -m deploy.cluster up $(ARGS)

cluster-tools: ## build Temporal's server and schema tool from their Go module into .tools/
	@$(MAKE) --silent --no-print-directory $(RUN_STAMP)
	@$(BIN)/python -m deploy.cluster build

test-cluster: $(VENV)/.dev ## the tests on the production topology; slow: they kill, restart and wait (CLUSTER_AWAY_SECONDS=600)
	@$(BIN)/python -m deploy.cluster build
	@$(BIN)/python -m pytest -m cluster tests/cluster -rA $(ARGS)

bench: $(VENV)/.bench ## measure: product, bare workflow and DBOS by turns, intake, a killed worker; a quarter of an hour (ARGS="--only capacity")
	-@$(BIN)/python -m deploy.cluster build
	@$(BIN)/python -m bench $(ARGS)

clean: ## remove .venv, caches and build results (never the data directory)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov dist .coverage .coverage.*
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------- the environment, redone when a file it is made from changes

$(VENV)/.run: $(VENV)/.uv requirements/run.txt pyproject.toml
	@echo "安装运行所需 / installing what running needs …"
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes requirements/run.txt && $(LINK) && touch $@

$(VENV)/.dev: $(VENV)/.uv requirements/dev.txt pyproject.toml
	@echo "安装开发与测试所需 / installing what development and tests need …"
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes requirements/dev.txt && $(LINK) && touch $@

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	@echo "安装测量所需 / installing what measuring needs …"
	@$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/bench.txt && touch $@

# The first Python that is new enough and can make environments; plain words when there is none.
# An environment that works is kept: others may be running from it.
$(VENV)/.uv: requirements/uv.txt
	@if $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then exit 0; fi; \
	found=; for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "需要 Python 3.11 或更高版本（含 venv 与 pip）。" >&2; \
	  echo "Python >= 3.11 with venv and pip is needed; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Debian/Ubuntu: apt install python3 python3-venv; or name another: make run PYTHON=/path/to/python3.12" >&2; \
	  exit 1; fi; \
	echo "建立环境 / making .venv with $$($$found --version) …"; \
	$$found -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt && touch $@
