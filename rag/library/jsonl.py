"""JSON Lines -> Article: one JSON object a line, with the fields of Article or short forms of them.

    {"pmid": "12140307", "title": "...", "abstract": "...", "authors": ["Halpern SD"], "year": 2002}
    {"id": "note-7", "title": "...", "sections": [{"label": "RESULTS", "text": "..."}], "mesh": ["Humans"]}

Text is kept as it is given, character by character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from rag.library import retractions
from rag.library.identifiers import article_id, doi_of, pmcid_of, pmid_of, year_of
from rag.records import Access, Article, ArticleStatus, Author, Link, MeshHeading, Section, Unreadable

FIRST_LINE = re.compile(r"\s*\{")
"""What a file of this form begins with."""


def _section(value: Any) -> Any:
    """A section from an object, whose label may be null, or from its bare text."""
    if isinstance(value, str):
        return Section("", value)
    return {**value, "label": value.get("label") or ""} if isinstance(value, dict) else value


def _author(value: Any) -> Any:
    """An author from an object, or from a text such as ``Halpern SD``; another text is a group's name."""
    if not isinstance(value, str):
        return value
    last, _, initials = value.strip().rpartition(" ")
    if last and initials.isalpha() and initials.isupper() and len(initials) <= 4:
        return Author(last=last, initials=initials)
    return Author(collective=value.strip())


def _heading(value: Any) -> Any:
    return MeshHeading(value) if isinstance(value, str) else value


class Line(BaseModel):
    """One line as it may be written: unknown keys are ignored, null stands for absent."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    pmid: str = ""
    id: str = ""
    title: str = ""
    abstract: str = ""
    sections: tuple[Annotated[Section, BeforeValidator(_section)], ...] = ()
    vernacular_title: str = ""
    authors: tuple[Annotated[Author, BeforeValidator(_author)], ...] = ()
    journal: str = ""
    year: int | None = None
    date: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmcid: str = ""
    languages: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[Annotated[MeshHeading, BeforeValidator(_heading)], ...] = Field(
        default=(), validation_alias=AliasChoices("mesh", "meshes")
    )
    keywords: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    status: ArticleStatus = "ok"
    access: Access = "abstract"
    notice: bool = False
    revised: str = ""
    participants: int | None = Field(default=None, ge=0)
    version: int = 1

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


def from_lines(lines: Iterable[str]) -> Iterator[Article | Unreadable]:
    """Read every line that is not empty.

    Yields:
        One Article or Unreadable for each line, in order.
    """
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            yield _article(Line.model_validate_json(text))
        except ValidationError as error:
            yield Unreadable(_reason(error), where=f"line {number}")
        except ValueError as error:
            yield Unreadable(str(error), where=f"line {number}")


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if first["type"] == "string_unicode":
        return "the line holds bytes that are not UTF-8"
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"].replace(" at line 1 column", " at column")


def _article(line: Line) -> Article:
    """Give the article its id and standing; a stated status is never milder than its links say."""
    pmid = pmid_of(line.pmid)
    if line.pmid.strip() and pmid is None:
        raise ValueError(f"pmid: {line.pmid!r} is not a PMID")
    doi = doi_of(line.doi) or (doi_of(line.id) if line.id.startswith("doi:") else None)
    key = article_id(pmid, doi, line.id.strip())
    if not key:
        raise ValueError("the line has no pmid, doi or id")
    if any(character.isspace() for character in key):
        raise ValueError(f"id: {key!r} holds white space, which would break run files")
    given = line.sections or (Section("", line.abstract),)
    sections = tuple(section for section in given if section.text.strip())
    if not sections and not line.title.strip():
        raise ValueError("the line has neither a title nor an abstract")
    derived: dict[str, Any] = {
        "id": key,
        "pmid": pmid,
        "doi": doi,
        "pmcid": pmcid_of(line.pmcid),
        "sections": sections,
        "year": line.year or year_of(line.date),
        "date": line.date or str(line.year or ""),
        "status": retractions.gravest([line.status, retractions.status(line.publication_types, line.links)]),
        "notice": line.notice or retractions.is_notice(line.publication_types, line.links),
    }
    kept: dict[str, Any] = {
        field.name: getattr(line, field.name) for field in fields(Article) if field.name not in derived
    }
    return Article(**kept, **derived)
