# What `make` does here; `make` alone prints the list.
# The environment is made once, in .venv, and again only when pyproject.toml or constraints.txt change.

PYTHON ?= python3
VENV ?= .venv

bin := $(VENV)/bin
pip_install := $(bin)/python -m pip install -qq --no-compile --disable-pip-version-check -c constraints.txt
bench_options := $(if $(DATA),--data "$(DATA)") $(if $(PEERS),--peers "$(PEERS)" --make-peers)
demo_ready := $(VENV)/.installed-demo
dev_ready := $(VENV)/.installed-dev

# Some machines forbid Python to keep what it has compiled. Every process would then compile PyTorch anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint types tests tests-within tests-around docs bench bench-full format clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(demo_ready) ## show what the library does, offline, in a few minutes
	$(bin)/textclf demo --overwrite

test: ## everything that must hold: lint, types, tests and doctests, docs
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory -j2 tests-within docs tests-around  # of these, two at a time

lint: $(dev_ready) ## style and common faults
	$(bin)/ruff check .
	$(bin)/ruff format --check .

types: $(dev_ready) ## static types
	$(bin)/mypy

tests: $(dev_ready) ## the tests, and the examples in docstrings, guides and README
	@$(MAKE) --no-print-directory -j2 tests-within tests-around

# The tests in two halves, side by side, each in one thread: those of the packages, and those of the command line, the guides
# and the examples.
within := src $(filter-out tests/cli tests/__pycache__,$(patsubst %/,%,$(sort $(wildcard tests/*/))))

tests-within: $(dev_ready)
	OMP_NUM_THREADS=1 $(bin)/python -m pytest -q $(within) -o cache_dir=.pytest_cache/within

tests-around: $(dev_ready)
	OMP_NUM_THREADS=1 $(bin)/python -m pytest -q tests $(addprefix --ignore=,$(within)) -o cache_dir=.pytest_cache/around

docs: $(dev_ready) ## build docs/_build/html; a warning is an error
	@rm -rf docs/api/generated
	$(bin)/sphinx-build -W --keep-going --quiet --fresh-env -b html docs docs/_build/html
	@echo "docs: docs/_build/html/index.html"

# DATA=DIR measures on the sets in that folder, PEERS=DIR beside what is installed (or will be) in that one.
bench: $(demo_ready) ## speed beside other tools, on small sizes; tables in runs/bench
	$(bin)/python benchmarks/speed.py --short $(bench_options)
	$(bin)/python benchmarks/whole_process.py --short $(bench_options)
	$(bin)/python benchmarks/latency.py --short $(bench_options)
	$(bin)/python benchmarks/text_to_ids.py --short $(if $(DATA),--data $(DATA))
	$(bin)/python benchmarks/vectors.py --short
	$(bin)/python benchmarks/exports.py --short $(if $(DATA),--data $(DATA))
	$(bin)/python benchmarks/watch.py --short $(if $(DATA),--data $(DATA))

bench-full: $(demo_ready) ## the same at full size, for hours; tables in docs/results
	$(bin)/python benchmarks/speed.py $(bench_options)
	$(bin)/python benchmarks/whole_process.py $(bench_options)
	$(bin)/python benchmarks/latency.py $(bench_options)
	$(bin)/python benchmarks/text_to_ids.py $(if $(DATA),--data $(DATA))
	$(bin)/python benchmarks/profile_step.py --threads 1 $(if $(DATA),--data $(DATA))
	$(bin)/python benchmarks/vectors.py
	$(bin)/python benchmarks/exports.py $(if $(DATA),--data $(DATA))
	$(bin)/python benchmarks/watch.py $(if $(DATA),--data $(DATA))
	$(bin)/python benchmarks/scale.py --texts 100000 1000000 10000000
	$(if $(DATA),$(bin)/python benchmarks/data_checks.py --data $(DATA))

format: $(dev_ready) ## put the code in the project's layout
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

clean: ## remove what the other targets made, the environment too
	rm -rf $(VENV) build dist docs/_build docs/api/generated .mypy_cache .pytest_cache .ruff_cache .hypothesis src/*.egg-info
	find src tests examples benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Without ensurepip, `python -m venv` leaves a folder with no pip in it: so ask first.
$(bin)/python:
	@command -v "$(PYTHON)" >/dev/null || { echo \
	  "No '$(PYTHON)' found. Install Python 3.11 or newer, or name yours: make PYTHON=/path/to/python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  "textclf needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1)." \
	  "Name another one: make PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  "'$(PYTHON)' has no venv module. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "making the environment in $(VENV)"
	@"$(PYTHON)" -m venv "$(VENV)"

$(demo_ready): pyproject.toml constraints.txt | $(bin)/python
	@echo "installing textclf and what it needs (a few minutes the first time)"
	@$(pip_install) -e ".[plots]"
	@touch "$@"

$(dev_ready): pyproject.toml constraints.txt | $(bin)/python
	@echo "installing textclf and what its tests and docs need (a few minutes the first time)"
	@$(pip_install) -e ".[dev]"
	@touch "$@" "$(demo_ready)"
