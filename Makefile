# `make serve` and `make test` set up all they need on a fresh Debian machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

.PHONY: help serve install peers check test format lock bench long
.DEFAULT_GOAL := help

help:            ## what can be made
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

$(VENV)/uv: requirements/uv.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/base: $(VENV)/uv requirements/base.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/base.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/dev: $(VENV)/base requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

serve: $(VENV)/base      ## the sandbox: a mail server for developers, on loopback
	@exec $(BIN)/pabal serve $(ARGS)

install: $(VENV)/base    ## only set up .venv/bin/pabal

peers: $(VENV)/dev       ## install the mail programs that tests and benchmarks talk to
	$(BIN)/python -m tests.kit.install

check: $(VENV)/dev       ## the static part: style, types, floors, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.tools.house

test: check peers        ## what admits a change: the static part and every test that is not long
	$(BIN)/python -m tests.tools.run -n $(JOBS)

format: $(VENV)/dev      ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/uv         ## choose the newest versions again
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header requirements/base.in -o requirements/base.txt
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt

bench: peers             ## speed, beside the peers, in one run
	$(BIN)/python -m bench receive
	$(BIN)/python -m bench latency

include long.mk
