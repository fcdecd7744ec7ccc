Q ?= Is mechanical thrombectomy indicated in spinal cord infarction?
PYTHON ?= python3
BIN := .venv/bin

.PHONY: ask test soak lint clean

ask: .venv/installed
	@$(BIN)/rag ask "$(Q)"

test: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

soak: .venv/installed-test
	$(BIN)/pytest -m slow --timeout=7200

lint: .venv/installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/bin/pip:
	$(PYTHON) -m venv .venv

# A stamp is older than pyproject.toml only when the dependencies may have changed.
.venv/installed: pyproject.toml | .venv/bin/pip
	@echo "Installing (once; a few minutes) ..." >&2
	@$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/installed-test: pyproject.toml | .venv/bin/pip
	@echo "Installing with the test extra (once; a few minutes) ..." >&2
	@$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ .venv/installed

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache
