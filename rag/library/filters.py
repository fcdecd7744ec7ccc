"""Which records of a file are wanted: by date of publication, language, MeSH heading, publication type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.errors import BadInput
from rag.library.identifiers import MONTHS
from rag.records import Article

_DAY = re.compile(r"\d{4}(?:-\d{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a record must be; what is empty asks for nothing, and of several values one is enough.

    ``since`` and ``until`` are days, months or years (``2015``, ``2015-03``, ``2015-03-31``), both included;
    a record that is dated less exactly is kept where it may lie within. Languages are PubMed's (``eng``).
    A MeSH heading is compared as it stands: what lies below it in the tree is not looked up.

    Raises:
        BadInput: a date is written otherwise.
    """

    since: str = ""
    until: str = ""
    languages: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for day in (self.since, self.until):
            if day and not _DAY.fullmatch(day):
                raise BadInput(f"{day!r} is no date. Write 2015, 2015-03 or 2015-03-31.")

    def reason(self, article: Article) -> str:
        """Why a record is left out, empty if it is wanted."""
        if self.since or self.until:
            day = published(article)
            if not day:
                return "no date of publication"
            if self.since and day < self.since[: len(day)]:
                return f"published before {self.since}"
            if self.until and day[: len(self.until)] > self.until:
                return f"published after {self.until}"
        if not _any_of(self.languages, article.languages):
            return f"not in {' or '.join(self.languages)}"
        if not _any_of(self.mesh, [heading.descriptor for heading in article.mesh]):
            return f"not under {' or '.join(self.mesh)}"
        if not _any_of(self.publication_types, article.publication_types):
            return f"no {' or '.join(self.publication_types)}"
        return ""


EVERYTHING = Filters()


def published(article: Article) -> str:
    """Date of publication as ``2002-07-25``, ``2002-07`` or ``2002``, as far as it is known; else empty."""
    if article.year is None:
        return ""
    year = str(article.year)
    found = re.search(rf"{year} ([A-Z][a-z]{{2}})\b(?: (\d{{1,2}})\b)?", article.date)
    if found is None or found[1] not in MONTHS:
        return year
    month = f"{year}-{MONTHS.index(found[1]) + 1:02}"
    return f"{month}-{int(found[2]):02}" if found[2] else month


def _any_of(wanted: tuple[str, ...], had: tuple[str, ...] | list[str]) -> bool:
    return not wanted or not {one.casefold() for one in wanted}.isdisjoint(one.casefold() for one in had)
