# One verb per task. CI, GitHub Actions and Read the Docs call the same verbs.
#
#   make PYTHON=/path/to/python3.12 html   set up with another Python (3.11 to 3.13)
#   make VENV=/path html                   use another environment
#   make JOBS=1 html                       read and write one page at a time
#   make SHARE=2/4 cells                   run the second of four shares of all cells
#   make PORT=8080 live                    serve at another port
#   make FORK=0 html                       start each page's kernel by itself
#   make SPHINXOPTS=... html               more options for sphinx-build
#   make PARTS=pages bench                 weigh the pages, keep the ratios of speed
#   make QUICK=1 test                      without the site, browsers and what is slow
#   make WEEKLY=1 test                     also what takes too long for every run
#   SITE_URL=https://... make html         also what needs an absolute address: sitemap,
#                                          canonical links, previews, structured data

PYTHON ?= python3
VENV ?= .venv
JOBS ?= auto
FORK ?= 1
PORT ?= 8000
SHARE ?= 1/1
CORES ?= 2
QUICK ?=
WEEKLY ?=
SPHINXOPTS ?=
PY = $(VENV)/bin/python

# -n and -W: a dead reference or any other warning fails the build; src/proved_pages/problems.py
# sees to it that the next build fails too. -q: src/proved_pages/progress.py says what matters.
SPHINX = $(PY) -m sphinx build -q -n -W -j $(JOBS) -c . -d build/doctrees \
  -D fork_kernels=$(FORK) $(SPHINXOPTS)

# The cells of pages: formatted one by one, linted as one file for each page.
RUFF = $(VENV)/bin/ruff
DOCCMD = $(VENV)/bin/doccmd --language python
CHECKED = --no-write-to-file --continue-on-error --document-workers 0

# The schemas are inside the package, so nothing is fetched.
SCHEMA = $(VENV)/bin/check-jsonschema --quiet --builtin-schema

.PHONY: help setup html cells live test networks hunt mutate versions keep same doctest lint format check recheck bench linkcheck addresses lock newest upstream clean

help:  ## list the tasks
	@echo "make html     build the site into build/html, running every cell"
	@echo "make cells    run the cells alone, or a share of them; a build uses the results"
	@echo "make live     the same, again at every save, at http://127.0.0.1:8000"
	@echo "make test     run the tests, in a real browser where one is found"
	@echo "make hunt     try claims that speak of all cases: what changed, or ALL=1"
	@echo "make networks judge 800 random networks, of which make test takes 100"
	@echo "make versions run all claims on other releases; ONLY=keras-3-9 one row"
	@echo "make mutate   break proofs on purpose, where they changed; each must notice"
	@echo "make keep     keep which tests passed, so that they run again when they are stale"
	@echo "make same     build again with ordinary kernels; every byte must be equal"
	@echo "make doctest  check the values that pages quote"
	@echo "make lint     check types, Python in files and cells, scripts and workflows"
	@echo "make format   mend the style of Python, in files and in cells"
	@echo "make check    all that CI runs, from an empty build folder"
	@echo "make recheck  the same, with the results that are in build/executed"
	@echo "make bench    measure speed, as ratios, and the weight of pages; keep them"
	@echo "make linkcheck  ask other sites whether the links to them still lead somewhere"
	@echo "make addresses  add new addresses of the site to the list that tests keep"
	@echo "make lock     compile requirements.in to requirements.txt"
	@echo "make newest   let the lock have the newest releases, to see what breaks"
	@echo "make upstream  the same, with Sphinx, MyST-NB and Keras as in development"
	@echo "make clean    remove the build folder"

setup:  # quick when nothing changed; makes or renews the environment otherwise
	@$(PYTHON) tools/environment.py $(VENV)
	@$(PY) -m tools.frontend

html: setup
	@$(SPHINX) docs build/html

# A part of the cells, for one of several machines; results go to build/executed.
cells: setup
	@$(PY) -m proved_pages.execute . docs build/executed -j $(CORES) --share $(SHARE)

live: setup
	@$(PY) -m tools.live -q -n -c . -d build/doctrees \
	  -j $(JOBS) -D fork_kernels=$(FORK) --port $(PORT) \
	  --ignore "*/__pycache__/*" --watch examples --watch src --watch conf.py docs build/html

# The tests look at the built site, so it is built (or found unchanged) first; a quick
# run does not look at it.
test: $(if $(QUICK),setup,html)
	@$(PY) -m pytest tests $(if $(QUICK),--quick) $(if $(WEEKLY),--weekly)

# Eight times as many random networks as `make test` draws; once a week.
networks: setup
	@RANDOM_NETWORKS=800 $(PY) -m pytest tests/which_api/test_random_graphs.py

# Claims that speak of all cases: the properties that changed, or ALL=1 of them.
hunt: setup
	@$(PY) -m tools.hunts $(if $(ALL),all,stale)

# Break proofs on purpose: those that changed, or ALL=1 of them; ONLY=part of a name.
# SLOW=1 also breaks those that take more than 8 CPU seconds.
versions: setup
	@$(PY) -m tools.versions run $(ONLY) $(if $(ALL),--all)

mutate: setup
	@$(PY) -m proved_pages.mutate . docs $(if $(ALL),--all) $(if $(SLOW),--slow) \
	  $(if $(ONLY),--only $(ONLY)) -n $(CORES)

# After `make test`: what passed need not run again before its inputs change.
keep: setup
	@$(PY) -m tools.keep

same: html
	@rm -rf build/same
	@$(PY) -m sphinx build -q -n -W -j $(JOBS) -c . -d build/same/doctrees \
	  -D fork_kernels=0 $(SPHINXOPTS) docs build/same/html
	@$(PY) -m tools.same build/html build/same/html

doctest: setup
	@$(SPHINX) -b doctest docs build/doctest
	@$(PY) -m tools.doctest_summary build/doctest/output.txt

lint: setup
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .
	@$(PY) -m mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-logo --cache-dir build/import-linter
	@$(DOCCMD) $(CHECKED) --no-pad-file --command "$(RUFF) format --diff --quiet" docs
	@$(DOCCMD) $(CHECKED) --group-file --command "$(RUFF) check --quiet --output-format concise" docs
	@$(PY) -m tools.scripts
	@$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	@$(SCHEMA) vendor.dependabot .github/dependabot.yml
	@$(SCHEMA) vendor.readthedocs .readthedocs.yaml

format: setup
	@$(PY) -m ruff check --quiet --fix .
	@$(PY) -m ruff format --quiet .
	@$(DOCCMD) --no-pad-file --command "$(RUFF) format --quiet" docs

check: clean
	@$(MAKE) recheck

recheck:  # as `make check`, with results that are there already; a doctest has one core
	@$(MAKE) html
	@$(MAKE) -j 2 lint doctest
	@$(MAKE) test

bench: setup
	@$(PY) -m tools.bench $(PARTS)

linkcheck: setup
	@$(SPHINX) -b linkcheck docs build/linkcheck

addresses: html
	@$(PY) -m tools.addresses

# In a folder without an environment, the old lock makes one first.
lock:
	@test -x $(PY) || $(PYTHON) tools/environment.py $(VENV) --old-lock
	@$(PY) -m tools.lock

# Newer packages than the lock has, for this Python alone; `git checkout requirements.*`
# goes back. Then the next `make` makes the environment that belongs to the lock.
newest:
	@test -x $(PY) || $(PYTHON) tools/environment.py $(VENV) --old-lock
	@$(PY) -m tools.newest
	@$(MAKE) setup

upstream: newest
	@$(PY) -m tools.newest --upstream

clean:
	@rm -rf build
