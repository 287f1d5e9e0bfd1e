# `make help` lists the targets. All tools are installed in .venv.
PYTHON ?= python3
# Tools of .venv first, so that SAM and the layer's Makefile use its Python too.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
export TEST_SIZE ?= test
unexport PYTHONDONTWRITEBYTECODE # compiled tests are reused by the next process
PIN := pip-compile --quiet --strip-extras --generate-hashes --no-emit-find-links --no-emit-index-url --no-emit-trusted-host

# A third of the time of all tests is waiting, so there is one worker more than cores. tests/scheduler.py decides
# which tests share one.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
PYTEST := pytest -q -n $(WORKERS)
SLOW_KINDS := simulation or fuzz or crashes or model

.DEFAULT_GOAL := help
.PHONY: help demo build deploy quick test lint format pins pictures audit simulate fuzz crashes model mutants bench scale backtest

help: ## List the targets
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z]+:.*## / { printf "  make %-10s%s\n", $$1, $$2 }' Makefile

##@ Use
demo: .venv/ready ## Run the whole product on this machine; ARGS=--all prints every message (15 s)
	@python -m local.demo $(ARGS)

build: .venv/ready ## Build functions and layer into .aws-sam (10 s)
	@sam build

deploy: .venv/ready ## Deploy to your AWS account; with EMAIL=you@example.com without a question
ifdef EMAIL
	@PYTHONPATH=layers/cloudflare_budgets:cli python -m cloudflare_budgets_cli deploy --email "$(EMAIL)" --ops-email "$(or $(OPS_EMAIL),$(EMAIL))"
else
	@PYTHONPATH=layers/cloudflare_budgets:cli python -m cloudflare_budgets_cli deploy --guided
endif

##@ Develop
quick: .venv/ready ## Run the unit tests without the slow kinds (40 s)
	@TEST_SIZE=quick pytest -q -n auto -m "not ($(SLOW_KINDS))" tests/unit

test: .venv/ready ## Run all tests; TEST_SIZE=ci gives the slow kinds more attempts (4 minutes)
	@$(PYTEST)

lint: .venv/ready ## Check style, types, imports, the template and security (1 minute)
	@ruff check .
	@ruff format --check .
	@mypy
	@PYTHONPATH=layers/cloudflare_budgets lint-imports
	@cfn-lint template.yaml examples/*/template.yaml
	@AWS_DEFAULT_REGION=us-east-1 sam validate --lint
	@bandit --quiet --recursive layers/cloudflare_budgets/cloudflare_budgets functions examples

format: .venv/ready ## Format the code and apply automatic fixes
	@ruff format .
	@ruff check --fix .

pictures: .venv/ready ## Render the pictures and sample messages of the docs; needs Chromium (25 s)
	@PYTHONPATH=layers/cloudflare_budgets python -m local.pictures
	@UPDATE_DOCS=1 pytest -q tests/unit/repository/pages/test_sample_messages.py

pins: .venv/ready ## Update all pinned tools and dependencies, with hashes
	$(PIN) --upgrade --allow-unsafe --output-file requirements-dev.txt requirements-dev.in
	$(PIN) --upgrade --allow-unsafe --output-file requirements-audit.txt requirements-audit.in
	$(PIN) --upgrade --output-file benchmarks/requirements/statsforecast.txt benchmarks/requirements/statsforecast.in
	$(PIN) --upgrade --constraint requirements-dev.txt \
	  --output-file layers/cloudflare_budgets/requirements.txt layers/cloudflare_budgets/requirements.in

##@ Prove
audit: .venv-audit/ready ## Check the template with checkov and the pins for known vulnerabilities (1 minute)
	@python -m local.aws.translation .local/audited
	@.venv-audit/bin/checkov --config-file .checkov.yaml
	@.venv/bin/python -m benchmarks.vulnerabilities

simulate: .venv/ready ## Simulate 10,000 months of late data, edits and outages, and 10,000 with analytics (1 hour)
	@TEST_SIZE=slow $(PYTEST) -m simulation

fuzz: .venv/ready ## Read 100,000 changed answers of each usage API and 10,000 of each other document
	@TEST_SIZE=slow $(PYTEST) -m fuzz

crashes: .venv/ready ## Fail every call of each kind of run in every way, also in pairs; kill processes (1.5 hours)
	@TEST_SIZE=slow $(PYTEST) -m crashes

model: .venv/ready ## Visit every state of the alert protocol, and interleave 1,000 concurrent runs
	@TEST_SIZE=slow $(PYTEST) -m model

mutants: .venv/ready ## Change the code in 1,000 places, and count the changes that no test detects
	@PYTHONPATH=layers/cloudflare_budgets python -m benchmarks.mutants

bench: .venv/ready ## Measure cold start, warm check and memory, next to a minimum and the official SDK
	@python -m benchmarks
	@PYTHONPATH=layers/cloudflare_budgets python -m benchmarks.evaluation
	@PYTHONPATH=layers/cloudflare_budgets:cli python -m benchmarks.fresh_usage

scale: .venv/ready ## Check 10 to 1,000 accounts on the local AWS, and 10,000 in simulated time (25 minutes)
	@PYTHONPATH=layers/cloudflare_budgets:cli:. python -m benchmarks.scale

backtest: .venv-backtest/ready ## Compare forecasts and spike rules with others, on real and on random series (5 minutes)
	@PYTHONPATH=layers/cloudflare_budgets .venv-backtest/bin/python -m benchmarks.backtest

# Every pin is listed, so pip has nothing to resolve (and a pip before 24 cannot, with hashes and extras).
.venv/ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; choose one: make PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv; the first time takes about a minute."
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement requirements-dev.txt
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Apart from .venv: checkov pins a boto3 of its own, and is nearly half as large as everything else.
.venv-audit/ready: requirements-audit.txt .venv/ready
	@echo "Setting up .venv-audit; the first time takes about a minute and a half."
	@test -x .venv-audit/bin/python || .venv/bin/python -m venv .venv-audit
	@.venv-audit/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement requirements-audit.txt
	@touch $@

# Apart from .venv: the forecasting library and its dependencies are larger than everything else.
.venv-backtest/ready: benchmarks/requirements/statsforecast.txt .venv/ready
	@echo "Setting up .venv-backtest; the first time takes about a minute."
	@test -x .venv-backtest/bin/python || .venv/bin/python -m venv .venv-backtest
	@.venv-backtest/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement benchmarks/requirements/statsforecast.txt
	@touch $@
