# Two commands need nothing done before: `make demo` and `make test`. Each makes .venv itself.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
# An editable install is not byte-compiled by pip, and a cold check would pay for it.
COMPILE := $(BIN)/python -m compileall -q hdsl

.PHONY: demo test lint bench break clean

demo: .venv/run.stamp
	$(BIN)/hdsl run examples/coder/coder.hg --task "print hello world" --T 10

test: .venv/test.stamp lint
	$(BIN)/python -m pytest -n 4 --dist worksteal

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/test.stamp
	$(BIN)/python -m benchmarks

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[run]'
	$(COMPILE)
	touch $@

.venv/test.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[test]'
	$(COMPILE)
	touch $@ .venv/run.stamp

break: .venv/test.stamp
	$(BIN)/python -m benchmarks.breaking --seconds 3600

clean:
	rm -rf .venv build dist runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
