# Switchroom's developer interface; continuous integration calls nothing but these targets.
#   make run    build, create the database with demonstration data, start everything
#   make test   install what the tests need and run them all
#   make check  formatters, linters, types     make e2e  end-to-end tests only     make bench  the figures
#   make soak   SIGKILL at 200 random moments: no call record, message or forwarding is lost (an hour; KILLS=, SEED=)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/switchroom
export CARGO_TARGET_DIR ?= $(CACHE)/target
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= var
RUN_ARGS ?=

WEB := web/node_modules
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*')
RUST_SOURCES := Cargo.toml Cargo.lock $(shell find media bench -name '*.rs' -o -name Cargo.toml | grep -v /target/)

.PHONY: run test check e2e soak bench build clean system-run system-test rust-test python-test unit-test web-test lint-python lint-rust lint-web lock odoo-addon

run: build $(VENV)/.recordings
	@test -e $(DATA)/secret.key || $(BIN)/switchroom init --data $(DATA) --demonstration
	@exec $(BIN)/switchroom serve --data $(DATA) $(RUN_ARGS)

build: $(VENV)/.installed src/switchroom/webapp/.built

# The virtual environment holds exactly what requirements.lock names.
$(VENV)/.locked: requirements.lock
	@cargo --version 2>/dev/null | awk '{ split($$2, v, "."); ok = v[1] > 1 || v[2] >= 89 } END { exit !ok }' || \
	  { echo "Rust 1.89 or newer is needed: install rustup, or Debian 12's cargo-web (its cargo is too old)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@tools/system-packages build
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

# setuptools-rust compiles the media worker and puts it beside the command line.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml $(RUST_SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

# The web app; npm keeps its downloads in its own cache outside the checkout.
$(WEB)/.installed: web/package-lock.json web/.npmrc
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null || \
	  { echo "Node 20.19 or newer is needed"; exit 1; }
	npm --prefix web ci --no-progress --loglevel error >/dev/null
	touch $@

src/switchroom/webapp/.built: $(WEB)/.installed $(WEB_SOURCES)
	npm --prefix web run --silent build
	touch $@

# Tried once (again by `make system-run`): where there is no network, a start must not wait for it every time.
$(VENV)/.recordings: $(VENV)/.locked
	@tools/system-packages run
	@touch $@

system-run:
	@tools/system-packages run

system-test:
	@tools/system-packages run test

test: build system-test rust-test web-test python-test

rust-test:
	cargo test --release --locked --quiet --workspace

web-test: $(WEB)/.installed
	npm --prefix web run --silent test

# Three parts beside each other, since phones and browsers mostly wait; all of them, whichever fail. What measures sound
# comes before all else where one may ask for that (a phone that is late makes gaps that no server can close), then the
# browsers, and the unit tests have what is left. The sounds are made before, so that all find them.
PARTS := sound browser unit
SIDE_BY_SIDE := -n 2 --dist loadfile
PUNCTUALLY = $(shell chrt --rr 1 true 2>/dev/null && echo chrt --rr 1 || echo nice -n -10)

python-test:
	cargo build --release --locked --quiet --workspace
	$(BIN)/python -m switchroom.sounds.build $(CACHE)/sounds
	$(MAKE) --no-print-directory --keep-going -j3 --output-sync=target $(PARTS:%=%-test)

unit-test:
	nice -n 19 $(BIN)/pytest --ignore=tests/e2e $(PYTEST_ARGS)

browser-test:
	$(BIN)/pytest $(wildcard tests/e2e/test_browser_*.py) $(SIDE_BY_SIDE) $(PYTEST_ARGS)

sound-test:
	$(PUNCTUALLY) $(BIN)/pytest tests/e2e --ignore-glob='*/test_browser_*.py' $(SIDE_BY_SIDE) $(PYTEST_ARGS)

e2e: build system-test
	cargo build --release --locked --quiet --workspace
	$(BIN)/pytest -m e2e $(PYTEST_ARGS)

KILLS ?= 200
SEED ?= 0

soak: build system-test
	cargo build --release --locked --quiet --workspace
	SWITCHROOM_KILLS=$(KILLS) SWITCHROOM_SEED=$(SEED) $(BIN)/pytest -s tests/e2e/test_kills.py $(PYTEST_ARGS)

check: build lint-python lint-rust lint-web

lint-python:
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy

lint-rust:
	cargo fmt --all --check
	cargo clippy --release --locked --quiet --workspace --all-targets -- -D warnings

lint-web: $(WEB)/.installed
	npm --prefix web run --silent check

bench: build
	cargo build --release --locked --quiet --workspace
	$(BIN)/python bench/run.py $(BENCH_ARGS)

# For a folder of Odoo's addons_path.
odoo-addon:
	mkdir -p dist
	git archive --format=zip -o dist/switchroom-odoo-19.zip HEAD:integrations/odoo switchroom

# After a change of the dependencies in pyproject.toml.
lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra test --extra speech --extra build pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) $(WEB) src/switchroom/webapp build dist
