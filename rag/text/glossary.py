"""Words of statistics and study design explained, and everyday words for medical ones: ``glossary.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from rag.text import terms


@dataclass(frozen=True, slots=True)
class Term:
    """One term: what it looks like in a text, and what it means for each kind of reader."""

    name: str
    form: re.Pattern[str]
    plain: str
    trainee: str


def explained(texts: Iterable[str], reader: Literal["plain", "trainee"]) -> tuple[str, ...]:
    """Explain the terms that stand in some texts.

    Args:
        texts: statements, quotes, names of designs. A term within a longer one, as "randomised trial" within
            "non-randomised trial", does not count.
        reader: for whom.

    Returns:
        One line a term, ``Odds ratio: compares ...``, in the order of the glossary.
    """
    read = tuple(texts)
    return tuple(
        f"{term.name}: {getattr(term, reader)}."
        for term in glossary()
        if any(term.form.search(text) for text in read)
    )


def everyday(text: str) -> dict[str, tuple[str, ...]]:
    """The medical words of a text for which there are everyday ones, with these."""
    here = terms.stems(text)
    where = terms.positions(here)
    return {
        medical: words
        for medical, words in _everyday().items()
        if terms.occurrences(terms.stems(medical), where)
    }


@cache
def glossary() -> tuple[Term, ...]:
    """Every term."""
    return tuple(
        Term(
            entry["name"],
            re.compile(rf"(?<![\w-])(?:{'|'.join(entry['forms'])})(?!\w)", re.IGNORECASE),
            entry["plain"],
            entry["trainee"],
        )
        for entry in _table()["term"]
    )


@cache
def _everyday() -> dict[str, tuple[str, ...]]:
    return {medical: tuple(words) for medical, words in _table()["everyday"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))
