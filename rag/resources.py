"""Where the shipped files lie: one rule for a checkout, an editable install and a wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from rag.errors import SettingsError


def shipped(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``shipped("prompts", "answer.md")``.

    The folders ``prompts/``, ``corpora/`` and ``eval/`` lie beside the package ``rag``.
    """
    return Path(str(files("rag"))).parent.joinpath(*parts)


@cache
def _template(name: str, instead: str = "") -> Template:
    own = Template(shipped("prompts", f"{name}.md").read_text(encoding="utf-8"))
    if not instead:
        return own
    try:
        other = Template(Path(instead).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The prompt {instead} cannot be read: {error}. Correct RAG_PROMPT.") from None
    wanted, found = set(own.get_identifiers()), set(other.get_identifiers())
    if wanted != found or not other.is_valid():
        raise SettingsError(
            f"The prompt {instead} must use each of {_named(wanted)} and no other variable, as "
            f"prompts/{name}.md does; it uses {_named(found) or 'none'}."
        )
    return other


def _named(variables: set[str]) -> str:
    return ", ".join(f"${one}" for one in sorted(variables))


def prompt(name: str, instead: str = "", /, **variables: str) -> str:
    """Fill the prompt file ``prompts/NAME.md``.

    Args:
        name: file name without ending.
        instead: another file with the same variables, to be used for it; empty for none.
        **variables: a value for each ``$variable`` of the file, no more and no fewer.

    Raises:
        KeyError: the variables given are not those of the file; names both.
        SettingsError: the other file cannot be read, or has other variables.
    """
    template = _template(name, instead)
    wanted = set(template.get_identifiers())
    if wanted != set(variables):
        raise KeyError(f"prompts/{name}.md takes {sorted(wanted)}, was given {sorted(variables)}")
    return template.substitute(variables)


def prompt_hash(name: str, instead: str = "") -> str:
    """First 12 hex digits of the SHA-256 of a prompt file, or of the one used instead: its version.

    Raises:
        SettingsError: the other file cannot be read, or has other variables.
    """
    return hashlib.sha256(_template(name, instead).template.encode()).hexdigest()[:12]
