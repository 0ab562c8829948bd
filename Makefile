# `make demo` and `make test` work from a clean clone with nothing but Python >= 3.10 and make.
# Lambda's newest Python, which the functions run by default, where there is one.
PYTHON ?= $(or $(shell command -v python3.14),python3)
BIN := .venv/bin
# A CDK CLI that finds no network answers at once instead of hanging, and tells nobody.
export CDK_DISABLE_CLI_TELEMETRY := true
# Compiled once, not at every start of every test: images of containers set this.
unexport PYTHONDONTWRITEBYTECODE
# Node comes from the wheel, so that no Node needs to be on the machine.
NODE = $(BIN)/python scripts/node.py

##@ Begin
.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-18s%s\n", $$1, $$2 }' \
	    $(firstword $(MAKEFILE_LIST))

# Nothing is installed but what a file names with its hash; this project itself is built with the setuptools among it.
PIP_LOCKED = scripts/install.py
PIP_PROJECT = -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-build-isolation

# jsii unpacks the CDK once into a cache: into the checkout, since a home may not be there or be read-only.
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/.cache/jsii

# Asked every time: a checkout that was moved and a Python that was chosen make an environment anew, and a Python
# that is too old is refused before anything is made.
CHOSEN = $(if $(filter file default,$(origin PYTHON)),,chosen)
.PHONY: FORCE
.venv/.python .ministack/.python .cache/pins/.python .cache/checkov/.python .cache/oracles/.python .cache/lowest/.python .cache/audit/.python: FORCE
	@mkdir -p $(dir $(@D))
	@sh scripts/environment.sh $(@D) "$(PYTHON)" $(CHOSEN)

.PHONY: install install-deploy
install: install-deploy .venv/.installed .ministack/.installed  ## Install everything into the checkout
install-deploy: .venv/.deploy node_modules/.installed $(BIN)/cdk  ## Install what a deployment needs, without tests and stand-ins

.venv/.deploy: requirements-deploy.txt pyproject.toml setup.py .venv/.python
	@echo "installing the CDK, Node and the tools into .venv (about a minute the first time)"
	@$(BIN)/python $(PIP_LOCKED) requirements-deploy.txt
	@$(BIN)/python $(PIP_PROJECT) -e .
	@touch $@

.venv/.installed: requirements-dev.txt .venv/.deploy
	@echo "installing the checks and the test tools into .venv"
	@$(BIN)/python $(PIP_LOCKED) requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json scripts/node.py | .venv/.deploy
	@echo "installing the CDK command line into node_modules"
	@$(NODE) npm ci --ignore-scripts --loglevel=error --no-audit --no-fund --no-update-notifier >/dev/null
	@touch $@

$(BIN)/cdk: .venv/.deploy
	@rm -f $@
	@printf '#!/bin/sh\nexec "$${0%%/*}/python" "$${0%%/*}/../../scripts/node.py" cdk "$$@"\n' > $@
	@chmod +x $@

.ministack/.installed: requirements-demo.txt .ministack/.python
	@echo "installing ministack into .ministack"
	@.ministack/bin/python $(PIP_LOCKED) requirements-demo.txt
	@touch $@

# The .in files name what is used directly; the .txt files are everything below it, for each Python and platform.
.cache/pins/.installed: requirements-pins.txt .cache/pins/.python
	@.cache/pins/bin/python $(PIP_LOCKED) requirements-pins.txt
	@touch $@

.PHONY: pins
pins: .cache/pins/.installed  ## Write the requirements with their hashes anew, after a change of an .in file
	@.cache/pins/bin/python scripts/pins.py $(PINS_FLAGS)

CDK = $(BIN)/cdk
STREAMING_API = $(BIN)/streaming-api

##@ Run and deploy
.PHONY: demo
demo: install-deploy .ministack/.installed  ## Deploy to a local stand-in for AWS, talk to the API and prove that it streams
	@$(BIN)/python scripts/demo.py

.PHONY: synth
synth: install-deploy  ## Write the CloudFormation templates to cdk.out
	@$(CDK) synth --quiet $(CDK_FLAGS)

.PHONY: local
local: synth  ## Serve cdk.out on loopback, without any deploy
	@STREAMING_API_FLAGS=LOCAL_FLAGS $(STREAMING_API) local cdk.out $(LOCAL_FLAGS)

.PHONY: deploy
deploy: install-deploy  ## Deploy to your AWS account and prove that the deployment streams
	@$(STREAMING_API) doctor --cdk $(CDK)
	@$(CDK) deploy StreamingChat --outputs-file outputs.json $(CDK_FLAGS)
	@$(STREAMING_API) smoke --wait 120 "$$($(BIN)/python -c 'import json; print(json.load(open("outputs.json"))["StreamingChat"]["ProbeUrl"])')"

.PHONY: destroy
destroy: install-deploy  ## Delete what `make deploy` made
	@$(CDK) destroy StreamingChat $(CDK_FLAGS)

##@ Test
# One suite a target, so that a failure names its suite. The longest begin first.
SUITES := deploy local synth unit smoke wheel clients runtime docs store page
.PHONY: test check $(SUITES:%=test-%)
# Three suites at a time, since most of them wait a lot: two keep two cores busy for six sevenths of the time. Each prints
# what it has to say at its end, where make can.
JOBS ?= 3
# A make that a test starts is none of the jobs.
ALONE = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL
AT_ONCE = --no-print-directory --jobs=$(JOBS) $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Suites that ended after the one that failed have printed more in the meantime.
FAILED := .cache/failed-suites
test: official-clients  ## Run every check and every suite
	@rm -f $(FAILED)
	@$(MAKE) $(AT_ONCE) check $(SUITES:%=test-%) || { echo "failed: $$(cat $(FAILED) 2>/dev/null || echo check)"; exit 1; }
	@echo "all suites passed: check $(SUITES)"

check: install  ## Lint, check the format and the types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

$(SUITES:%=test-%): test-%: install
# `+` says it now: what the suite prints comes at its end.
	+@echo "begins: tests/$*"
	@echo "== tests/$*"
	@$(ALONE) $(BIN)/python -m pytest -q -p no:cacheprovider --durations=15 $(WORKERS) tests/$* $(PYTEST_FLAGS) \
	    || { echo "tests/$*" >>$(FAILED); exit 1; }

# Minutes of handlers that break in every way, and thousands of requests; `make test` has one case of each mechanism.
.PHONY: test-faults
test-faults: install  ## Run the whole fault matrix, and look for memory that is lost
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/faults $(PYTEST_FLAGS)

# Minutes of deployment of an API with 300 routes, over nested stacks.
.PHONY: test-platform
test-platform: install  ## Deploy an API with 300 routes to the local stand-in for AWS
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/platform $(PYTEST_FLAGS)

.PHONY: test-kill
test-kill: install  ## Cut, kill and resume streams with 100 seeds; `make test` has 3
	@KILL_RUNS=100 $(BIN)/python -m pytest -q -p no:cacheprovider -n 2 tests/store/test_resume.py \
		tests/store/test_kill_*.py $(PYTEST_FLAGS)

# Their tests mostly wait, or fill the memory of one process. A second worker of the others would collect again,
# or not share what is expensive to set up.
test-local test-deploy test-wheel test-synth: WORKERS = -n 2
test-runtime test-docs test-store test-smoke: WORKERS = -n 2 --dist loadfile

.PHONY: test-slow
test-slow: install  ## Run the rows of the matrices that `make test` leaves out
	@$(BIN)/python -m pytest -q -p no:cacheprovider -m slow --durations=15 -n 2 tests $(PYTEST_FLAGS)

test-clients: official-clients
.PHONY: official-clients
official-clients: install
	@$(BIN)/python -m tests.clients.install

# Clients of many makers in many versions: minutes to install, and minutes to run.
.PHONY: test-all-clients
test-all-clients: install .cache/pins/.installed  ## Run every client of the matrix, and write docs/clients.md from the results
	@$(BIN)/python -m tests.all_clients.install
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/all_clients $(PYTEST_FLAGS)
	@$(BIN)/python scripts/client_docs.py

# Three agents with their packages, for this machine and for Lambda: 400 MB, and minutes to install.
.PHONY: test-agents
test-agents: install  ## Run the agents of examples/agents with their clients
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/agents $(PYTEST_FLAGS)
# MCP's official conformance suite, and clients and agents of several makers.
.PHONY: test-mcp
test-mcp: install .cache/pins/.installed  ## Run the MCP servers before their clients and the conformance suite
	@$(BIN)/python -m tests.mcp.install
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/mcp $(PYTEST_FLAGS)

.PHONY: bump-clients
bump-clients: .cache/pins/.installed  ## Pin the newest release of each client in Python
	@.cache/pins/bin/python scripts/bump_pins.py

.cache/checkov/.installed: requirements-checkov.txt .cache/checkov/.python
	@echo "installing checkov into .cache/checkov"
	@.cache/checkov/bin/python $(PIP_LOCKED) requirements-checkov.txt
	@touch $@

.PHONY: checkov
checkov: install .cache/checkov/.installed  ## Hold the templates against checkov and the answers to it
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/synth/test_checkov.py

.cache/oracles/.installed: requirements-oracles.txt .cache/oracles/.python
	@echo "installing the oracles of templates into .cache/oracles"
	@.cache/oracles/bin/python $(PIP_LOCKED) requirements-oracles.txt
	@touch $@

# Besides tests/oracles, the suites of what reads templates: with the environment above they ask SAM's translator itself.
READERS := $(addprefix tests/unit/streaming_api_templates/,expand reports)
.PHONY: oracles
oracles: install .cache/oracles/.installed  ## Hold what imitates other people's systems against what they made
	@$(BIN)/python -m pytest -q -p no:cacheprovider --durations=15 tests/oracles $(READERS) $(PYTEST_FLAGS)

# Half an hour on two cores; what was judged is kept in .cache/mutants, so that a stopped run goes on.
.PHONY: mutants
mutants: install  ## Change the code in 200 small ways, and see that a test fails for each
	@$(BIN)/python -m scripts.mutants $(MUTANTS_FLAGS)

.PHONY: check-corpora
check-corpora: install  ## Check the templates of others in a folder: `make check-corpora DIR=folder`
	@$(BIN)/python scripts/check_corpora.py "$(DIR)"

.cache/audit/.installed: requirements-audit.txt .cache/audit/.python
	@echo "installing pip-audit into .cache/audit"
	@.cache/audit/bin/python $(PIP_LOCKED) requirements-audit.txt
	@touch $@

# What is deployed and what tests (strict: a package that could not be looked up fails): those of a bench and of other people's clients are older on purpose.
AUDIT = .cache/audit/bin/python -m pip_audit --require-hashes --disable-pip --progress-spinner off
.PHONY: audit sbom
audit: install-deploy .cache/audit/.installed  ## Look for known vulnerabilities in what is installed; needs the network
	@for each in deploy dev demo; do $(AUDIT) --strict -r requirements-$$each.txt || exit; done
	@$(NODE) npm audit --audit-level=low

sbom: .cache/audit/.installed  ## Write the bill of materials of a deployment's packages to sbom.json
	@$(AUDIT) -r requirements-deploy.txt --format cyclonedx-json --output sbom.json

.cache/lowest/.installed: requirements-lowest.txt pyproject.toml .cache/lowest/.python
	@echo "installing the oldest dependencies of the tools into .cache/lowest"
	@.cache/lowest/bin/python $(PIP_LOCKED) requirements-lowest.txt
	@.cache/lowest/bin/python $(PIP_PROJECT) -e .
	@touch $@

# The commands, the gateway in both protocols, its validation and the clients: where these packages are used.
LOWEST := $(addprefix tests/unit/streaming_api_tools/,client explain load local/gateway local/http test_init.py) \
    $(addprefix tests/local/test_,command.py http_proxy.py open_api_validation.py streaming.py two_protocols.py \
    validation.py wire.py) $(addprefix tests/smoke/test_,chat_command.py command_line.py)
# Malformed requests are answered otherwise by the HTTP server of the oldest aiohttp; docs/local.md says how.
LOWEST_SKIPPED := invalid_host_header or upgrade_request or limited_to_10240_bytes
.PHONY: lowest
lowest: .cache/lowest/.installed  ## Run the tools with the oldest dependencies that pyproject.toml allows
	@.cache/lowest/bin/python -m pytest -q -p no:cacheprovider -k "not ($(LOWEST_SKIPPED))" $(LOWEST) $(PYTEST_FLAGS)

.PHONY: oldest-cdk
oldest-cdk: install  ## Synthesize with the oldest aws-cdk-lib that pyproject.toml allows; not a part of `make test`
	@$(BIN)/python scripts/oldest_cdk.py

##@ Measure
# Figures, not tests; bench/README.md says what is compared.
BENCHES := $(notdir $(patsubst %/__main__.py,%,$(wildcard bench/*/__main__.py)))
.PHONY: bench $(BENCHES:%=bench-%)
bench: $(BENCHES:%=bench-%)  ## Run every benchmark; `make bench-runtime` runs one

bench-mcp: .cache/pins/.installed
$(filter-out bench-store,$(BENCHES:%=bench-%)): bench-%: install
	@$(BIN)/python -m bench.$*

# runs no Node
bench-store: .venv/.installed .ministack/.installed
	@$(BIN)/python -m bench.store

##@ Write and release
.PHONY: fmt
fmt: install  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: docs
docs: install  ## Build the documentation site into .cache/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "built .cache/docs; .venv/bin/mkdocs serve builds and serves it, with the search"

.PHONY: wheel
wheel: install  ## Build the sdist, the wheel and the layer into dist, the same bytes from the same commit
	@$(BIN)/python scripts/distributions.py

.PHONY: clean
clean:  ## Remove everything that make and the CDK made
	rm -rf .venv .ministack node_modules .cache cdk.out cdk.out.* outputs.json sbom.json dist build *.egg-info bench/out
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
