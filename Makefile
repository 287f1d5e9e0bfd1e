# `make demo` shows the whole thing on this machine; `make help` lists the rest. All tools live in .venv.
PYTHON ?= python3
# Tools of .venv first, so that SAM and the layer's Makefile use its Python too.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
PIN := pip-compile --quiet --strip-extras --generate-hashes --no-emit-find-links --no-emit-index-url --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench backtest simulate fuzz crashes model mutants audit format build deploy pins

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST)

demo: .venv/ready ## See an alert on this machine: a local Cloudflare, a local AWS, the real template
	@python -m local.demo

test: .venv/ready ## Run every test
	@pytest -n auto --dist loadgroup

lint: .venv/ready ## Check style, types, imports between layers, the template, and what looks unsafe
	@ruff check .
	@ruff format --check .
	@mypy
	@PYTHONPATH=layers/cloudflare_budgets lint-imports
	@cfn-lint template.yaml examples/*/template.yaml
	@AWS_DEFAULT_REGION=us-east-1 sam validate --lint
	@bandit --quiet --recursive layers/cloudflare_budgets/cloudflare_budgets functions examples

audit: .venv-audit/ready ## Check the template with checkov, and the pins for known holes where the data can be reached
	@python -m local.aws.translation .local/audited
	@.venv-audit/bin/checkov --config-file .checkov.yaml
	@.venv/bin/python -m benchmarks.known_holes

bench: .venv/ready ## Measure cold start, warm check and memory beside a floor and the official SDK
	@python -m benchmarks

backtest: .venv/ready ## Try forecasts and rules for spikes on months drawn by chance, beside the obvious ones
	@PYTHONPATH=layers/cloudflare_budgets python -m benchmarks.backtest

simulate: .venv/ready ## Live through ten thousand months of late data, edits and outages; takes half an hour
	@SIMULATED_MONTHS=10000 pytest -q -n 2 tests/unit/check/test_simulated_months.py

fuzz: .venv/ready ## Try a hundred thousand answers of each usage API, and ten thousand of all else that is read, nearly right
	@MUTATIONS=100000 FUZZ_EXAMPLES=10000 pytest -q -n 2 tests/unit/adapters/test_usage_fuzzing.py tests/unit/test_fuzz_*.py

crashes: .venv/ready ## Let every call of a run fail in every way, and so in the next run, or one at the same time, and processes die; takes half an hour
	@CRASH_PAIRS=1 SUDDEN_DEATHS=200 pytest -q -n 2 tests/integration/test_crashes.py tests/integration/test_sudden_deaths.py

model: .venv/ready ## Visit every state of runs that deliver the same alerts, and let runs interleave a thousand times
	@MODEL=1 CONCURRENT_TRIALS=1000 pytest -q -n 2 tests/unit/check/test_alert_protocol_model.py tests/integration/test_concurrent_runs.py

mutants: .venv/ready ## Make a thousand small mistakes in the domain and the alert protocol, and count those that no test notices
	@PYTHONPATH=layers/cloudflare_budgets python -m benchmarks.mutants

format: .venv/ready ## Put the code into the house's format
	@ruff format .
	@ruff check --fix .

build: .venv/ready ## Build function and layer into .aws-sam
	@sam build

deploy: build .local/samconfig.toml ## Deploy to your AWS account; asks for each parameter, and remembers the answers
	@sam deploy --guided --config-file .local/samconfig.toml

pins: .venv/ready ## Take the newest tools and dependencies, with hashes
	$(PIN) --upgrade --allow-unsafe --output-file requirements-dev.txt requirements-dev.in
	$(PIN) --upgrade --allow-unsafe --output-file requirements-audit.txt requirements-audit.in
	$(PIN) --upgrade --constraint requirements-dev.txt \
	  --output-file layers/cloudflare_budgets/requirements.txt layers/cloudflare_budgets/requirements.in

# The answers go where git does not look, so that none of them is in the way of `git pull`. Never made anew.
.local/samconfig.toml:
	@mkdir -p $(@D)
	@cp samconfig.toml $@

# Every pin is listed, so pip has nothing to resolve (and a pip before 24 cannot, with hashes and extras).
.venv/ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; choose one: make PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv; the first time takes about a minute."
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement requirements-dev.txt
	@touch $@

# Apart from .venv: checkov pins a boto3 of its own, and is nearly half as large as everything else.
.venv-audit/ready: requirements-audit.txt .venv/ready
	@echo "Setting up .venv-audit; the first time takes about a minute and a half."
	@test -x .venv-audit/bin/python || .venv/bin/python -m venv .venv-audit
	@.venv-audit/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement requirements-audit.txt
	@touch $@
