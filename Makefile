# `make demo` and `make test` work from a clean clone with nothing but Python >= 3.10 and make.
PYTHON ?= python3
BIN := .venv/bin
# A CDK CLI that finds no network answers at once instead of hanging, and tells nobody.
export CDK_DISABLE_CLI_TELEMETRY := true
# Node comes from the wheel, so that no Node needs to be on the machine.
NODE = $(BIN)/python scripts/node.py

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: install
install: .venv/.installed node_modules/.installed .ministack/.installed  ## Install everything into the checkout

.venv/.installed: requirements.txt requirements-dev.txt constraints.txt pyproject.toml
	@echo "installing Python packages into .venv (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json scripts/node.py | .venv/.installed
	@echo "installing the CDK command line into node_modules"
	@$(NODE) npm ci --silent --no-audit --no-fund
	@touch $@

.ministack/.installed: requirements-ministack.txt
	@echo "installing ministack into .ministack"
	@test -x .ministack/bin/python || $(PYTHON) -m venv .ministack
	@.ministack/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-ministack.txt
	@touch $@
