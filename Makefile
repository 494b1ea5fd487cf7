# Every step from a fresh clone to a running site, and to a tested one. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VAR_DIR ?= var
BIND ?= 127.0.0.1:8000
export VAR_DIR BIND
export PATH := $(CURDIR)/.venv/bin:$(PATH)
PY := .venv/bin/python
STAMPS := $(VAR_DIR)/stamps
INSTALLED := .venv/stamps
NODE := node_modules/.installed
SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard 'templates/*' 'static/*' 'fulcrum/*.py' 'applications/*.py' 'selection/*.py' 'programme/*.py' 2>/dev/null))
MESSAGES := $(wildcard locale/*/LC_MESSAGES/*.po)
MIGRATIONS := $(wildcard */migrations/*.py fulcrum/*/migrations/*.py)

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED)/env: requirements/base.txt
	@mkdir -p $(INSTALLED)
	@test -x $(PY) || python3 -m venv .venv
	@echo "Installing the packages of requirements/base.txt"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/base.txt
	@touch $@

$(INSTALLED)/dev: requirements/dev.txt $(INSTALLED)/env
	@echo "Installing the packages of requirements/dev.txt"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/dev.txt
	@touch $@

$(NODE): package-lock.json $(INSTALLED)/env requirements/node.txt
	@command -v npm >/dev/null || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
	@echo "Installing fonts, icons and scripts"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(INSTALLED)/messages: $(MESSAGES) $(INSTALLED)/env
	@$(PY) manage.py build_messages
	@touch $@

$(STAMPS)/static: $(NODE) $(SOURCES)
	@mkdir -p $(STAMPS)
	@$(PY) manage.py build_assets
	@DEBUG=0 $(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

$(STAMPS)/database: $(MIGRATIONS) $(INSTALLED)/env
	@mkdir -p $(STAMPS)
	@$(MAKE) --no-print-directory migrate
	@touch $@

prepared: $(INSTALLED)/messages $(STAMPS)/static

migrate: $(INSTALLED)/env ## tables of the database in DATABASE_URL
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py createcachetable

run: export DEMO ?= 1
run: prepared $(STAMPS)/database ## the site with its demonstration, at http://localhost:8000
	@test -e $(STAMPS)/demo || { [ "$(DEMO)" != 1 ] || $(PY) manage.py demo; touch $(STAMPS)/demo; }
	@exec gunicorn

dev: export DEMO ?= 1
dev: export DEBUG := 1
dev: prepared $(STAMPS)/database ## the same, reloading when a file changes
	@$(PY) manage.py demo
	@exec gunicorn

web: prepared ## the site alone, for one that is set up: make migrate goes before
	@exec gunicorn

worker: prepared ## a worker of its own with the schedule, for CELERY_BROKER_URL
	@exec celery -A fulcrum worker --beat --concurrency 2 --loglevel WARNING

lint: $(INSTALLED)/dev prepared ## style, imports, types, messages, migrations, deployment
	ruff check .
	ruff format --check .
	djlint templates --lint --quiet
	lint-imports --no-cache | tail -4
	mypy
	$(PY) manage.py messages --check
	$(PY) manage.py makemigrations --check --dry-run
	SITE_URL=https://fulcrum.example SECRET_KEY=$$(head -c 60 /dev/urandom | base64 -w0) FIELD_KEYS=$$(head -c 60 /dev/urandom | base64 -w0) \
	EMAIL_URL=smtp://localhost:25 EMBEDDED_WORKER=0 $(PY) manage.py check --deploy --fail-level WARNING

unit: $(INSTALLED)/dev prepared caddy
	pytest -n 2 -m "not browser" --junitxml=$(VAR_DIR)/unit.xml

e2e: $(INSTALLED)/dev prepared chromium ## journeys in a browser
	@if command -v chromium >/dev/null; then pytest -n 2 -m browser --junitxml=$(VAR_DIR)/browser.xml; \
	else echo "SKIPPED: the browser journeys, since there is no chromium and only root can install it (apt-get install chromium)."; fi

chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" != 0 ] || { echo "Installing chromium"; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }; }

caddy: # the shipped proxy, for its test
	@command -v caddy >/dev/null || { [ "$$(id -u)" != 0 ] || { echo "Installing caddy"; apt-get update -qq && apt-get install -y -qq --no-install-recommends caddy >/dev/null; }; }

conformance: $(INSTALLED)/dev prepared caddy ## the upload server against a probe of tus 1.0, alone and behind the proxy; part of unit
	pytest -n 0 -s tests/files/test_conformance.py

test: lint unit e2e ## lint and every test

bench: $(INSTALLED)/dev prepared ## queries, rows, bytes and processor time of each page, on PostgreSQL
	$(PY) -m tests.benchmarks.pages

bench-uploads: $(INSTALLED)/dev prepared ## memory and speed of four uploads of 1 GiB at once (8 GB of disk)
	$(PY) -m tests.benchmarks.uploads

sbom: ## what the software is made of, as CycloneDX in var/sbom.json
	@mkdir -p $(VAR_DIR)
	@python3 deploy/sbom.py $(VAR_DIR)/sbom.json

pictures: $(INSTALLED)/dev prepared chromium ## the pictures of README.md, from a demonstration of its own
	$(PY) -m tests.pictures

reset: ## forget the embedded database, its letters and recordings
	rm -rf $(VAR_DIR)/fulcrum.sqlite3* $(VAR_DIR)/media $(STAMPS)/demo $(STAMPS)/database

messages: $(INSTALLED)/dev prepared ## strings of the sources into locale/
	$(PY) manage.py messages

lock: $(INSTALLED)/env ## pins with hashes, from pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	$(call pin,pyproject.toml -o requirements/base.txt)
	$(call pin,pyproject.toml --group dev -c requirements/base.txt -o requirements/dev.txt)
	$(call pin,--group node -o requirements/node.txt)
	$(call pin,--group lock -o requirements/lock.txt)
pin = .venv/bin/uv pip compile -q $(1) --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

key: ## a long random text for SECRET_KEY or FIELD_KEYS
	@python3 -c "import secrets; print(secrets.token_urlsafe(48))"

.PHONY: help prepared migrate run dev web worker lint unit e2e chromium caddy conformance test bench bench-uploads sbom pictures reset messages lock key
