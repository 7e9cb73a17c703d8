# Each command sets up what it needs first: `make` alone lists them. On Windows, or without make: README.md.
PYTHON ?= python3
RUN := .venv/bin/python

.PHONY: help setup dev book serve lab run column maps test test-all bench bench-site pythons lock clean

help:           ## this list
	@sed -n 's/^\([a-z-]*\):.*##/make \1\t/p' Makefile | expand -t 18

setup:          ## .venv and node_modules, from exact versions; what every command below does first
	@$(PYTHON) tools/setup.py

dev:            ## and what the tests need besides
	@$(PYTHON) tools/setup.py --dev

book: setup     ## build the website into _build/html
	@$(RUN) tools/build_site.py build

serve: setup    ## show it on 127.0.0.1
	@test -f _build/html/index.html || $(RUN) tools/build_site.py build
	@$(RUN) tools/serve.py

lab: setup      ## open your own copies of the notebooks in JupyterLab
	@$(RUN) tools/lab.py

run: setup      ## run the notebooks and store their outputs; EMBEDBOOK_TABLE=glove or a file: into _build, on that table
	@$(RUN) tools/run_notebooks.py

column: setup   ## measure one more table into results/TABLE.json: make column TABLE=gpt2
	@$(RUN) tools/measure.py $(or $(TABLE),gpt2)

maps: setup     ## make the t-SNE maps of page 07 anew
	@$(RUN) tools/make_maps.py

test: dev       ## pass every check: package, notebooks, site, browser
	@$(RUN) tools/check.py

test-all: dev   ## and what repeats a check on another table or in the other colours
	@$(RUN) tools/check.py --all

bench: setup    ## time and memory beside what people would use instead
	@$(RUN) benchmarks/core.py

bench-site: dev ## weight, wait and slider steps of the built site's pages
	@test -f _build/html/index.html || $(RUN) tools/build_site.py build
	@$(RUN) benchmarks/site.py

pythons:        ## the package's core on every Python that it claims
	@$(PYTHON) tools/pythons.py

lock:           ## write requirements.txt and both locks from pyproject.toml
	$(PYTHON) tools/requirements.py lock

clean:          ## remove what was built
	rm -rf _build
