"""Declared corpora: folders with a ``corpus.toml`` that says what a corpus holds and where it comes from."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag.errors import CorpusError
from rag.library.identifiers import pmid_of
from rag.library.query_syntax import problems
from rag.resources import shipped
from rag.settings import Settings

FIRST, LAST = "1700", "3000"
"""What stands for an open end of a span of publication dates; PubMed's oldest records are of the 1780s."""
_DATE = re.compile(r"\d{4}(?:[-/]\d{1,2}){0,2}")

Day = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, date | int) else value)]


class Filter(BaseModel):
    """A term that narrows the search, and the reason for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    term: str
    reason: str


class Declaration(BaseModel):
    """What a ``corpus.toml`` says; dates are publication dates as PubMed writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    title: str = ""
    query: str = ""
    pmids: tuple[str, ...] = ()
    since: Day = Field(default="", alias="from")
    until: Day = ""
    filters: tuple[Filter, ...] = ()
    licence: str = ""
    expected_count: int | None = None
    pmid_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A declared search up to one narrowing: the whole query so far, what it leaves out, and why."""

    query: str
    excluded: str = ""
    reason: str = ""


def strategy(said: Declaration) -> tuple[Step, ...]:
    """The declared search, step by step: the query, then the dates, then each filter in order.

    A filter that begins with NOT takes articles away; any other is joined with AND. PubMed reads from left
    to right, so what came before stands in parentheses. The last step's query is the one that counts.

    Raises:
        CorpusError: the query, a filter or a date is not PubMed's language; names every fault.
    """
    if faults := _faults(said):
        raise CorpusError(f"corpus.toml is not in PubMed's language. {' '.join(faults)} Correct it.")
    steps = [Step(" ".join(said.query.split()))]
    if said.since or said.until:
        since, until = said.since.replace("-", "/") or FIRST, said.until.replace("-", "/") or LAST
        span = f"{said.since or 'the beginning'} to {said.until or 'today'}"
        steps.append(_step(steps[-1], f'"{since}"[dp] : "{until}"[dp]', f"not published from {span}"))
    for one in said.filters:
        steps.append(_step(steps[-1], one.term, one.reason))
    return tuple(steps)


def _step(before: Step, term: str, reason: str) -> Step:
    operator, operand = _operand(term)
    opposite = {"AND": "NOT", "NOT": "AND"}[operator]
    kept, excluded = (f"({before.query}) {each} ({operand})" for each in (operator, opposite))
    return Step(kept, excluded, reason)


def _faults(said: Declaration) -> list[str]:
    """What PubMed would misread in a declared search, each in one sentence that names the key."""
    faults = [f"query: {fault}" for fault in problems(said.query)]
    for name, day in (("from", said.since), ("until", said.until)):
        if day and not _DATE.fullmatch(day):
            faults.append(f"{name}: write {day!r} as 2015, 2015-03 or 2015-03-31.")
    for one in said.filters:
        faults += [f"filter {one.term}: {fault}" for fault in problems(_operand(one.term)[1])]
    return faults


def _operand(term: str) -> tuple[str, str]:
    """A filter as operator and operand."""
    term = " ".join(term.split())
    return ("NOT", term.removeprefix("NOT ")) if term.startswith("NOT ") else ("AND", term)


def pmid_sha256(pmids: Iterable[str]) -> str:
    """SHA-256 of a set of PMIDs, sorted by number, one a line: the key ``pmid_sha256`` of a declaration."""
    return hashlib.sha256("".join(f"{pmid}\n" for pmid in sorted(set(pmids), key=int)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared corpus; ``articles`` is the file of a corpus that ships with its articles."""

    name: str
    declaration: Declaration
    articles: Path | None


def declared(settings: Settings) -> dict[str, Path]:
    """The ``corpus.toml`` of every declared corpus by name; an earlier place hides a later one.

    The places: ``./corpora``, ``RAG_HOME/corpora``, the shipped ones.
    """
    places = (Path("corpora"), settings.home / "corpora", shipped("corpora"))
    files = [file for place in reversed(places) for file in sorted(place.glob("*/corpus.toml"))]
    return {file.parent.name: file.absolute() for file in files}


def declaration(name: str, settings: Settings) -> Declared | None:
    """Read the declaration of a corpus, None if there is none.

    Raises:
        CorpusError: the file is not TOML, has an unknown key, or names neither a query nor PMIDs.
    """
    file = declared(settings).get(name)
    if file is None:
        return None
    articles = file.with_name("articles.jsonl")
    try:
        said = Declaration.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CorpusError(f"{file}: {where}: {first['msg']}. Correct that line.") from None
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{file} cannot be read: {error}. Correct it.") from None
    has_articles = articles.exists()
    if not (said.query or said.pmids or has_articles):
        raise CorpusError(f"{file} names neither a query nor pmids. Add one of them.")
    _agrees(file, said)
    return Declared(name, said, articles if has_articles else None)


def _agrees(file: Path, said: Declaration) -> None:
    """Refuse a declaration that contradicts itself."""
    if bad := [pmid for pmid in said.pmids if pmid_of(pmid) is None]:
        raise CorpusError(f"{file}: {bad[0]!r} is not a PMID. Correct it.")
    if said.pmids and (said.query or said.since or said.until or said.filters):
        raise CorpusError(f"{file}: pmids is a complete list; remove query, dates and filters, or pmids.")
    if said.pmids and said.pmid_sha256 not in ("", pmid_sha256(said.pmids)):
        raise CorpusError(f"{file}: pmids is not the set that pmid_sha256 names. One of them was changed.")
