# surjax: the targets that set up, try, test and document it. Python 3.11 or newer is all they need.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
BENCH := .venv-bench/installed

.PHONY: install demo test test-all lint bench docs lock clean

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: install  ## train AbsFlow on four circles and draw what it learned
	$(BIN)/surjax demo

test: install  ## every law and every test
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup

test-all: install  ## those too that take long
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup -m ""

lint: install  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: install $(BENCH)  ## surjax against other libraries; writes docs/benchmarks.md and docs/tables.md
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/tables.py

$(BENCH): benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	touch $@

docs: install  ## the documentation site, in docs/_build/html
	$(BIN)/sphinx-build --fail-on-warning -b html docs docs/_build/html

lock:  ## write requirements.lock from what is installed
	@echo "# Every package, at the version that surjax is developed and tested with (make lock rewrites this file)." > requirements.lock
	$(BIN)/pip freeze --exclude-editable --exclude pip --exclude setuptools --exclude wheel >> requirements.lock

clean:
	rm -rf .venv .venv-bench docs/_build docs/generated
