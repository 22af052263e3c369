PYTHON ?= python3
PAIRS ?= 5000
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help demo test check docs bench bench-diagnosis lab-net walk-through fuzz-firewall clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(INSTALLED) ## run the main job against the lab, with one fault switched on
	@$(BIN)/wcsdiag demo --fault web-server-down; code=$$?; \
	echo; echo "That was a stand-in host with one fault switched on, so exit code 1 is right."; \
	echo "Next: $(BIN)/wcsdiag demo (healthy), or $(BIN)/wcsdiag demo --list (more faults)."; \
	test $$code -eq 1

test: $(VENV)/.installed-dev ## set up what the tests need, and run them all
	@sh tests/setup.sh
	$(BIN)/pytest -n 2 --dist worksteal -q

check: $(VENV)/.installed-dev ## lint, types, and that the generated docs are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m wcsdiag.docs --check

docs: $(VENV)/.installed-dev ## write the generated docs and the picture of a report
	$(BIN)/python -m wcsdiag.docs --write

bench: $(VENV)/.installed-dev ## start-up, and a whole run, as ratios to other tools
	@sh tests/setup.sh
	$(BIN)/python -m benchmarks

bench-diagnosis: $(VENV)/.installed-dev ## as root: does the right cause come first? writes docs/diagnosis.md
	@sh tests/setup.sh
	$(BIN)/python -m benchmarks.diagnosis --write docs/diagnosis.md

lab-net: $(VENV)/.installed-dev ## as root: a network of three machines to try rules in, until Ctrl-C
	@sh tests/setup.sh
	@$(BIN)/python -m tests.network

walk-through: $(VENV)/.installed-dev ## as root: write docs/walk-through.md from a real run
	@sh tests/setup.sh
	$(BIN)/python -m tests.network.walkthrough --write

fuzz-firewall: $(VENV)/.installed-dev ## random rules and packets, wcsdiag against the kernel (PAIRS=5000 SEED=1)
	@sh tests/setup.sh
	$(BIN)/python -m tests.firewall.fuzz --pairs $(PAIRS) --seed $(SEED)

clean: ## remove what the other targets made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

$(INSTALLED): pyproject.toml
	@.ci/venv $(PYTHON) $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	@.ci/venv $(PYTHON) $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(INSTALLED) $@
