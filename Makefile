# Everything a person does here begins with one of these words. The packages come from requirements/*.txt, by hash,
# through whatever pip is set up to use on this machine.
#   make run                 a demonstration archive at http://127.0.0.1:8000 (Ctrl-C ends it)
#   make test                the whole suite, the browser part in a real Chromium
#   make check               linter, types, layers, sizes, dependencies, translations
#   make bench [BENCH=part]  measured figures against their bars
#   make screenshots         the README's pictures, from the demonstration
#   make messages            collect, merge and compile the translations
#   make lock                resolve the lock files anew
#   make clean               remove what the targets above made

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
PORT ?= 8000
BENCH ?=
DEMO = demo-archive

bin = $(VENV)/bin
# The stamps say which lock the environment was built from: it is built again only when that lock changes.
installed = $(VENV)/installed
developing = $(VENV)/developing
pip = $(bin)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help run test check bench screenshots messages lock clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#   //p' Makefile

$(bin)/python:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name it, for example: make PYTHON=/opt/python3.12/bin/python3"; exit 1; }
	@echo "Making the virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python's venv module is missing (on Debian: apt-get install python3-venv)."; exit 1; }

$(installed): requirements/runtime.txt setup.cfg pyproject.toml | $(bin)/python
	@echo "Installing the packages of requirements/runtime.txt ..."
	@$(pip) install --require-hashes -r requirements/runtime.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

$(developing): requirements/development.txt $(installed)
	@echo "Installing the packages of requirements/development.txt ..."
	@$(pip) install --require-hashes -r requirements/development.txt
	@touch $@

run: $(installed)
	@exec $(bin)/testimony demo $(DEMO) --port $(PORT)

# Three workers on two cores, since some wait for a browser; each compiles everything unless the others may keep it.
# The files come in the order of tests/conftest.py.
test: $(developing)
	@sh tools/chromium.sh
	@PYTHONDONTWRITEBYTECODE= $(bin)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: $(developing)
	@$(bin)/python -m tools.checks

bench: $(developing)
	@$(bin)/python -m benchmarks $(BENCH)

screenshots: $(developing)
	@sh tools/chromium.sh
	@$(bin)/python -m tools.screenshots

messages: $(developing)
	@$(bin)/python -m tools.messages

# The oldest supported Python resolves, so that what only it needs is in the lock too.
lock: setup.cfg pyproject.toml
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check -qq install pip-tools
	@for part in runtime development; do \
		extra=; [ $$part = runtime ] || extra="--extra development --constraint requirements/runtime.txt"; \
		echo "Resolving requirements/$$part.txt ..."; \
		build/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
			--build-deps-for editable $$extra --output-file requirements/$$part.txt pyproject.toml || exit 1; \
	done

clean:
	rm -rf $(VENV) $(DEMO) demo-accounts.json build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
