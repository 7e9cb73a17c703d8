# make book   builds the site into _build/html          make test   passes every check
# make serve  shows it on 127.0.0.1                      make lab    opens JupyterLab on the notebooks
# make run    runs the notebooks, stores their outputs   make setup  what all of these share
# make column TABLE=gpt2   measures one more table and writes results/gpt2.json, which the pages then show
# make maps   makes the t-SNE maps of page 07 anew
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: setup book test serve lab run column maps bench check-python pythons lock clean
.DEFAULT_GOAL := book

setup: $(VENV)/.ready node_modules/.ready

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "This book needs Python 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1). Say which: make PYTHON=python3.11 book"; exit 1; }

$(VENV)/.ready: requirements.lock pyproject.toml | check-python
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(RUN) -m pip check
	touch $@

node_modules/.ready: package.json package-lock.json $(VENV)/.ready
	$(RUN) tools/node.py ci
	touch $@

book: setup
	$(RUN) tools/build_site.py build

test: setup
	$(RUN) tools/check.py

serve: setup
	@test -f _build/html/index.html || $(RUN) tools/build_site.py build
	$(RUN) tools/serve.py

lab: setup
	$(VENV)/bin/jupyter lab notebooks

run: setup
	$(RUN) tools/run_notebooks.py

column: setup
	$(RUN) tools/measure.py $(or $(TABLE),gpt2)

maps: setup
	$(RUN) tools/make_maps.py

bench: setup
	$(RUN) benchmarks/core.py

pythons: check-python
	$(PYTHON) tools/pythons.py

clean:
	rm -rf _build

lock: check-python
	rm -rf _build/lock && $(PYTHON) -m venv _build/lock
	_build/lock/bin/pip install --quiet torch==2.13.0 -e '.[book,gemma,hub,test]'
	_build/lock/bin/python -c 'import sys; print("# The exact set that the site and the tests are built with. Written by `make lock` on Python %d.%d; torch without a build suffix." % sys.version_info[:2])' > _build/lock/requirements.lock
	_build/lock/bin/pip freeze --exclude-editable > _build/lock/freeze.txt
	sed 's/+cpu$$//' _build/lock/freeze.txt >> _build/lock/requirements.lock
	mv _build/lock/requirements.lock requirements.lock
