# `make demo` and `make test` need Python 3.11 or newer and make; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo durable test fast format generated bench clean

demo: .venv/installed
	@$(BIN)/python examples/openai-batch/demo.py

durable: .venv/durable
	@$(BIN)/python examples/durable/durable.py

test: .venv/developing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet generator tests examples bench
	@$(BIN)/mypy
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/python -m pytest -n auto -m "slow or not slow"

fast: .venv/developing
	@$(BIN)/python -m pytest -n auto -m "not slow"

format: .venv/developing
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format generator tests examples bench

generated: .venv/installed
	@$(BIN)/arazzoc generate examples/openai-batch/openai-batch-job.arazzo.yml -o generated
	@$(BIN)/arazzoc generate examples/openai-batch/batch-lifecycle.arazzo.yml -o generated --support batch_support --engine dbos --engine temporal
	@cd examples/vendored && ../../$(BIN)/arazzoc generate --force

bench: .venv/developing
	@$(BIN)/python bench/run.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("arazzoc needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . requests
	@touch $@

.venv/durable: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "dbos>=3.4,<4"
	@touch $@

.venv/developing: .venv/installed requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv .hypothesis $(foreach tool,mypy pytest ruff,.$(tool)_cache examples/vendored/.$(tool)_cache)
