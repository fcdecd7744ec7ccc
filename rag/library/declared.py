"""Declared corpora: folders with a ``corpus.toml`` that says what a corpus holds and where it comes from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag.errors import CorpusError
from rag.resources import shipped
from rag.settings import Settings

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
    return Declared(name, said, articles if has_articles else None)
