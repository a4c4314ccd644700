# The commands of Veilbench; `make` alone lists them.
PORT ?= 8501
TORCH_INDEX ?=
# The first of these that runs; name another with PYTHON=/path/to/python3.11.
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do \
	if $$p -c "" >/dev/null 2>&1; then command -v $$p; break; fi; done)

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready
# Tests that share what is set up once stay in one process (tests/support/soaking.py); the others go where there is room.
# Three processes for two cores, as some tests wait.
PYTEST := $(PY) -m pytest -n 3 --dist loadscope
# The parts of `make soak`; none is all of them.
PARTS ?=

# A stamp whose interpreter is gone, or that was written for another folder, is no stamp; nor is one beside scripts of another.
$(shell test -x $(PY) && grep -qxF "$$(pwd -P)" $(STAMP) 2>/dev/null && { ! test -f $(VENV)/bin/activate || \
	grep -qF "$$(pwd -P)/$(VENV)" $(VENV)/bin/activate; } || rm -f $(STAMP) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup run test soak torture check contracts nodes flower flower-demo crowdkit ray bench screenshots clean

help:
	@echo "make run          open the workbench on http://127.0.0.1:$(PORT) (PORT=8502 for another port)"
	@echo "make test         test every behaviour once: a quarter of an hour on two cores"
	@echo "make check        lint, strict types and make test"
	@echo "make soak         what takes long: statistics, planted bugs, fuzz, races, fresh environments, browsers"
	@echo "                  PARTS=\"fuzz planted\" names some of: conformance planted fuzz ledger chains live docs browser"
	@echo "make contracts    compile the contracts into contracts/artifacts; with Node, its own where there is none"
	@echo "make nodes        install the chains that some tests run against: anvil and Hardhat"
	@echo "make flower       install Flower into .venv-flower, for \`veilbench bench federated\` and trainings on SuperNodes"
	@echo "make flower-demo  train on three SuperNodes over TLS, three rounds into a room; minutes; needs make flower"
	@echo "make crowdkit     install crowd-kit into .venv-crowdkit, for \`veilbench bench labeling\` and its tests"
	@echo "make ray          install Veilbench with Ray into .venv-ray, for \`veilbench serve --engine ray\` and its tests"
	@echo "make bench        measure private scoring, lookup, a whole feed and similarity: docs/performance.md; minutes"
	@echo "make torture      kill writers of the chain and of blobs 1,000 times, and look that nothing is lost or doubled"
	@echo "make screenshots  draw the pictures of the README again"
	@echo "make setup        build or repair .venv; the others do it when needed"
	@echo "                  PYTHON=/path/to/python3.11 picks the interpreter,"
	@echo "                  TORCH_INDEX=<url> adds an index, for a CPU-only torch"
	@echo "make clean        remove .venv, .venv-flower, .venv-crowdkit, .venv-ray and every cache"

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt constraints.txt pyproject.toml
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c "" >/dev/null 2>&1; then \
		echo "No Python that runs was found$(if $(PYTHON), at $(PYTHON)): install Python 3.11," \
			"or name one with \`make setup PYTHON=/path/to/python3.11\`." >&2; exit 2; fi
	@"$(PYTHON)" tools/setup_venv.py --torch-index "$(TORCH_INDEX)"

run: $(STAMP)
	@$(PY) -m privacy serve --port $(PORT)

test: $(STAMP)
	$(PYTEST)

soak: $(STAMP)
	$(PY) tools/soak.py $(PARTS)

check: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m mypy --strict privacy backends workloads veilbench
	$(PYTEST)

contracts: $(STAMP)
	$(PY) tools/node.py contracts

nodes: $(STAMP)
	$(PY) tools/node.py nodes

flower: $(STAMP)
	@$(PY) tools/setup_venv.py --venv .venv-flower --requirements requirements-flower.txt \
		--torch-index "$(TORCH_INDEX)"

flower-demo: $(STAMP)
	$(PY) -m workloads.federated.flower demo

crowdkit: $(STAMP)
	@$(PY) tools/setup_venv.py --venv .venv-crowdkit --requirements requirements-crowdkit.txt --no-project

ray: $(STAMP)
	@$(PY) tools/setup_venv.py --venv .venv-ray --requirements requirements-ray.txt --torch-index "$(TORCH_INDEX)"

bench: $(STAMP)
	for name in scoring lookup fyp similarity; do $(PY) -m privacy bench $$name || exit; done

torture: $(STAMP)
	$(PY) -m tests.soak.torture --kills 1000

screenshots: $(STAMP)
	$(PY) tools/screenshots.py

clean:
	rm -rf $(VENV) .venv-flower .venv-crowdkit .venv-ray .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
