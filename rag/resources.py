"""Where the shipped files lie: one rule for a checkout, an editable install and a wheel."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path


def shipped(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``shipped("prompts", "answer.md")``.

    The folders ``prompts/``, ``corpora/`` and ``eval/`` lie beside the package ``rag``.
    """
    return Path(str(files("rag"))).parent.joinpath(*parts)


@cache
def prompt(name: str) -> str:
    """Text of the prompt file ``prompts/NAME.md``."""
    return shipped("prompts", f"{name}.md").read_text(encoding="utf-8")
