"""MEDLINE text (PubMed's .nbib and .txt export) -> Article, through Bio.Medline.

Fields are described at https://pubmed.ncbi.nlm.nih.gov/help/#pubmed-format. This form holds less than the
XML: the labels of an abstract stand in its text, and group authors come in a list of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from rag.library import retractions
from rag.library.identifiers import article_id, doi_of, pmcid_of, pmid_of, year_of
from rag.library.markup import clean
from rag.records import Article, Author, Link, MeshHeading, Section, Unreadable

FIRST_LINE = re.compile(r"[A-Z]{2,4} *- ")
"""What a file of this form begins with, e.g. ``PMID- ``."""
_CONTINUED = " " * 6
_LABEL = re.compile(r"(?:^|(?<=[.?!] )|(?<=[.?!][)\]\"”] ))(AIM|[A-Z][A-Z &/,'’()–-]{2,58}[A-Z)]) ?: ")
_NO_LABEL = frozenset({"UNLABELLED", "UNLABELED"})
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
_BARE_DOI = re.compile(r"(\S+) \[doi\]")
_LINKED_PMID = re.compile(r"\s*PMID: (\d+)$")

_LINKS = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "CRI": "CorrectedandRepublishedIn",
    "CRF": "CorrectedandRepublishedFrom",
    "ECI": "ExpressionOfConcernIn",
    "ECF": "ExpressionOfConcernFor",
    "EIN": "ErratumIn",
    "EFR": "ErratumFor",
    "ORI": "OriginalReportIn",
    "PRIN": "PartialRetractionIn",
    "PROF": "PartialRetractionOf",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RPI": "RepublishedIn",
    "RPF": "RepublishedFrom",
    "RRI": "RetractedandRepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}
"""Field of MEDLINE text -> RefType of the XML."""


def from_medline(text: str) -> Iterator[Article | Unreadable]:
    """Read every record of a MEDLINE text; records are separated by an empty line.

    Yields:
        One Article or Unreadable for each record, in order.
    """
    return from_lines(iter(text.split("\n")))


def from_lines(lines: Iterable[str]) -> Iterator[Article | Unreadable]:
    """Read every record of a MEDLINE text that comes line by line; see ``from_medline``."""
    from Bio import Medline

    parsed = Medline.parse(_unfolded(lines))  # type: ignore[no-untyped-call]  # Biopython has no types
    for number, record in enumerate(parsed, start=1):
        pmid = pmid_of(" ".join(record.get("PMID", "").split()))
        try:
            yield _article(record, pmid)
        except ValueError as error:
            yield Unreadable(str(error), pmid=pmid, where=f"record {number}")


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Lines with each field on one line: Bio.Medline takes a folded line of a list field for a new entry.

    An empty line in front of a continued one is a paragraph of the field, not the end of the record.
    """
    field = ""
    ended = False
    for raw in lines:
        line = raw.rstrip("\r\n")
        if not line.strip():
            ended = ended or not line.startswith(_CONTINUED)
        elif line.startswith(_CONTINUED) and field:
            field, ended = f"{field} {line.strip()}", False
        else:
            yield from (f"{field}\n",) if field else ()
            yield from ("\n",) if ended else ()
            field, ended = line, False
    yield from (f"{field}\n",) if field else ()


def _article(record: dict[str, Any], pmid: str | None) -> Article:
    if pmid is None:
        raise ValueError("the record has no PMID")
    if any(_STRAY_BYTE.search("".join(value)) for value in record.values()):
        raise ValueError("the record holds bytes that are not UTF-8")
    title = clean(record.get("TI", "") or " ".join(record.get("BTI", "")))
    if not title and "AB" not in record and "TT" not in record:
        raise ValueError("the record has neither a title nor an abstract")
    types = tuple(record.get("PT", ()))
    links = tuple(_link(kind, entry) for field, kind in _LINKS.items() for entry in record.get(field, ()))
    dois = (_BARE_DOI.search(entry) for field in ("AID", "LID") for entry in _entries(record, field))
    doi = next((doi_of(found[1]) for found in dois if found), None)
    date = record.get("DP", "").strip()
    return Article(
        id=article_id(pmid, doi),
        title=title,
        sections=sections_of(clean(record.get("AB", ""))),
        pmid=pmid,
        doi=doi,
        pmcid=pmcid_of(record.get("PMC", "")),
        vernacular_title=clean(record.get("TT", "")),
        authors=_authors(record),
        journal=record.get("TA", "") or record.get("JT", ""),
        year=year_of(date),
        date=date,
        volume=record.get("VI", ""),
        issue=record.get("IP", ""),
        pages=record.get("PG", ""),
        languages=tuple(record.get("LA", ())),
        publication_types=types,
        mesh=tuple(_heading(entry) for entry in record.get("MH", ())),
        keywords=tuple(clean(entry.lstrip("*")) for entry in record.get("OT", ())),
        links=links,
        status=retractions.status(types, links),
        notice=retractions.is_notice(types, links),
        revised=_iso(record.get("LR", "")),
    )


def sections_of(abstract: str) -> tuple[Section, ...]:
    """Cut an abstract at its labels, which stand in capitals before a colon.

    Only an abstract that begins with a label is taken for a structured one; another stays whole.
    """
    if not abstract:
        return ()
    labels = list(_LABEL.finditer(abstract))
    if not labels or labels[0].start() > 0:
        return (Section("", abstract),)
    ends = [label.start() for label in labels[1:]] + [len(abstract)]
    parts = (
        Section("" if label[1] in _NO_LABEL else label[1], abstract[label.end() : end].strip())
        for label, end in zip(labels, ends, strict=True)
    )
    return tuple(part for part in parts if part.text)


def _entries(record: dict[str, Any], field: str) -> list[str]:
    """Entries of a field, which Bio.Medline gives as one text for some fields and as a list for others."""
    value = record.get(field, [])
    return [value] if isinstance(value, str) else value


def _authors(record: dict[str, Any]) -> tuple[Author, ...]:
    """Persons in order, then groups."""
    short, full = record.get("AU", []), record.get("FAU", [])
    if len(short) != len(full):
        full = []
    persons = tuple(_person(one, other) for one, other in zip_longest(short, full, fillvalue=""))
    return persons + tuple(Author(collective=clean(name)) for name in record.get("CN", ()))


def _person(short: str, full: str) -> Author:
    """Author from ``Coleman WB 2nd`` and, where there is one, ``Coleman, William B 2nd``."""
    last, comma, fore = full.partition(", ")
    if not comma or not short.startswith(f"{last} "):
        last, _, rest = short.rpartition(" ")
        return Author(last=last, initials=rest) if last else Author(last=short)
    initials, _, suffix = short[len(last) + 1 :].partition(" ")
    return Author(last=last, initials=initials, fore=fore.removesuffix(f" {suffix}"), suffix=suffix)


def _heading(entry: str) -> MeshHeading:
    descriptor, *qualifiers = entry.split("/")
    return MeshHeading(
        descriptor=descriptor.lstrip("*"),
        major="*" in entry,
        qualifiers=tuple(name.lstrip("*") for name in qualifiers),
    )


def _link(kind: str, entry: str) -> Link:
    found = _LINKED_PMID.search(entry)
    return Link(kind, pmid=found[1] if found else None, citation=_LINKED_PMID.sub("", entry))


def _iso(digits: str) -> str:
    """``20061115`` as ``2006-11-15``; empty if it is no date."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", digits.strip())
    return "-".join(found.groups()) if found else ""
