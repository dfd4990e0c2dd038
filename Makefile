# Every target sets itself up in a virtual environment beside this file; it needs Python >= 3.11 and make.
PYTHON ?= python3
VENV   ?= .venv
LOW    ?= .venv-lowest
BIN     = $(VENV)/bin
PYTEST  = -m pytest -n auto --dist worksteal
# Hundreds of tests start a process of their own: none of them compiles the packages, also where Python keeps no bytecode.
COMPILE = -m compileall -q backproof.py derivations problems checker

.PHONY: demo test test-long test-oracle test-lowest lint soak docs clean

demo: $(VENV)/.ready
	@$(BIN)/python examples/demo.py

test: $(VENV)/.ready
	@$(BIN)/python $(COMPILE)
	$(BIN)/python $(PYTEST) -m "not oracle and not soak and not long" $(ARGS)

test-long: $(VENV)/.ready
	@$(BIN)/python $(COMPILE)
	$(BIN)/python $(PYTEST) -m "long and not oracle and not soak" $(ARGS)

test-oracle: $(VENV)/.oracle
	@$(BIN)/python $(COMPILE)
	$(BIN)/python $(PYTEST) -m oracle $(ARGS)

test-lowest: $(LOW)/.ready
	@$(LOW)/bin/python $(COMPILE)
	$(LOW)/bin/python $(PYTEST) -m "not oracle and not soak and not long" $(ARGS)

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/pyright

soak: $(VENV)/.oracle
	@$(BIN)/python $(COMPILE)
	$(BIN)/python $(PYTEST) -m soak $(ARGS)

docs: $(VENV)/.ready
	$(BIN)/python docs/regenerate.py

clean:
	rm -rf $(VENV) $(LOW) .pytest_cache .ruff_cache .hypothesis dist build

define fresh
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "backproof needs Python 3.11 or later; $(PYTHON) is " + sys.version.split()[0] + ". Set PYTHON=python3.11, say.")'
	@$(PYTHON) -m venv --help > /dev/null 2>&1 && $(PYTHON) -c 'import ensurepip' 2> /dev/null || { echo 'The venv module is missing. On Debian or Ubuntu: apt install python3-venv; on Fedora: dnf install python3; or use the installer from python.org.'; exit 1; }
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --upgrade pip
endef

$(VENV)/.ready: pyproject.toml Makefile
	$(call fresh,$(VENV))
	$(BIN)/python -m pip install --quiet --group test --group lint --editable .
	@touch $@

$(VENV)/.oracle: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --group oracle
	@touch $@

$(LOW)/.ready: pyproject.toml Makefile tests/lowest.txt
	$(call fresh,$(LOW))
	$(LOW)/bin/python -m pip install --quiet --constraint tests/lowest.txt --group test --editable .
	@touch $@
