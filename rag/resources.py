"""Where the shipped files lie: one rule for a checkout, an editable install and a wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template


def shipped(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``shipped("prompts", "answer.md")``.

    The folders ``prompts/``, ``corpora/`` and ``eval/`` lie beside the package ``rag``.
    """
    return Path(str(files("rag"))).parent.joinpath(*parts)


@cache
def _template(name: str) -> Template:
    return Template(shipped("prompts", f"{name}.md").read_text(encoding="utf-8"))


def prompt(name: str, **variables: str) -> str:
    """Fill the prompt file ``prompts/NAME.md``.

    Args:
        name: file name without ending.
        **variables: a value for each ``$variable`` of the file, no more and no fewer.

    Raises:
        KeyError: the variables given are not those of the file; names both.
    """
    template = _template(name)
    wanted = set(template.get_identifiers())
    if wanted != set(variables):
        raise KeyError(f"prompts/{name}.md takes {sorted(wanted)}, was given {sorted(variables)}")
    return template.substitute(variables)


def prompt_hash(name: str) -> str:
    """First 12 hex digits of the SHA-256 of a prompt file: its version."""
    return hashlib.sha256(_template(name).template.encode()).hexdigest()[:12]
