"""The wheel: built once, installed where the checkout cannot be seen, and asked."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rag

ROOT = Path(rag.__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_code_prompts_corpora_and_suites_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"rag", "eval", "prompts", "corpora"}
    for needed in (
        "prompts/answer.md",
        "corpora/starter/corpus.toml",
        "corpora/starter/articles.jsonl",
        "eval/suites/planted-errors.toml",
    ):
        assert needed in names


def test_the_installed_wheel_answers_with_the_checkout_out_of_sight(wheel, tmp_path):
    target = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(target)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    # The wheel comes before the editable install on the path; the environment supplies the dependencies.
    environment = {**os.environ, "PYTHONPATH": str(target), "RAG_HOME": str(tmp_path / "home")}
    code = f"import rag, rag.cli; assert rag.__file__.startswith({str(target)!r}); rag.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "ask", "--format", "json", "Does aspirin prevent stroke?"],
        capture_output=True, text=True, cwd=elsewhere, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"verdict"' in done.stdout
