# Every target works in a fresh clone: `setup` is a prerequisite and does nothing the second time.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
KAFKA := build/kafka/ready
PROMTOOL := build/promtool/ready
SPREAD := -n auto --dist loadfile

.PHONY: help setup demo test test-fast check lint type arch fmt bench kafka worker lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) $(KAFKA) $(PROMTOOL)  ## install the locked packages, Apache Kafka's jars and promtool

$(READY): deploy/lock/all.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=python3.11 (apt-get install python3.11 python3.11-venv)"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r deploy/lock/all.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(KAFKA): deploy/kafka/pom.xml
	@command -v mvn >/dev/null || { echo "Maven fetches Apache Kafka for the tests and was not found; apt-get install maven"; exit 2; }
	@command -v java >/dev/null || { echo "Apache Kafka needs Java 17 or newer and none was found; apt-get install openjdk-17-jre-headless"; exit 2; }
	mvn --quiet --batch-mode -f deploy/kafka/pom.xml dependency:copy-dependencies
	touch $@

# The promtool of this machine, or else the one of Debian's package, unpacked here without root.
$(PROMTOOL):
	@mkdir -p $(@D)
	@command -v promtool >/dev/null || \
	  { cd $(@D) && apt-get download --quiet prometheus && dpkg-deb --extract prometheus_*.deb . && ln -sf usr/bin/promtool promtool; } || \
	  { echo "promtool checks the alerts, was not found and could not be fetched; apt-get install prometheus, or put the promtool of https://prometheus.io/download on PATH"; exit 2; }
	touch $@

demo: $(READY)  ## real receipts in, next best offers out, on an embedded broker
	$(BIN)/streams demo $(ARGS)

test: $(READY) $(KAFKA) $(PROMTOOL)  ## everything, on real Apache Kafka
	$(BIN)/python -m pytest $(SPREAD) -m "not integration"
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "integration and not alone"
	$(BIN)/python -m pytest -m alone

test-fast: $(READY) $(PROMTOOL)  ## everything that needs no broker, with branch coverage of core and codec
	$(BIN)/python -m pytest $(SPREAD) -m "not integration" --cov --cov-report=term:skip-covered $(ARGS)

check: lint type arch test-fast  ## lint, types, import directions, tests without a broker

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(READY)
	$(BIN)/mypy
	$(BIN)/pyright --warnings

arch: $(READY)
	$(BIN)/lint-imports

fmt: $(READY)  ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) $(KAFKA)  ## throughput, latency, restore and memory against a raw loop and stock Faust
	$(BIN)/python -m tests.bench $(ARGS)

kafka: $(READY) $(KAFKA)  ## one Apache Kafka broker on this machine until Ctrl-C
	$(BIN)/python -m tests.integration.broker $(ARGS)

worker: $(READY)  ## a supervised worker; settings come from STREAMS_* variables
	$(BIN)/streams worker --supervise $(ARGS)

lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header pyproject.toml -o deploy/lock/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --extra demo --extra dev pyproject.toml -o deploy/lock/all.txt

clean:  ## remove what was built, installed and stored here
	rm -rf .venv build state *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
