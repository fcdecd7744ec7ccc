"""RIS, the exchange form of reference managers -> Article, through rispy.

The tags are those of the RIS specification as Zotero, EndNote and publishers write them. A record that
lacks its closing ``ER`` is read all the same; rispy by itself would leave it out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from rag.library.identifiers import MONTHS, article_id, doi_of, pmcid_of, pmid_of, year_of
from rag.library.markup import clean
from rag.library.medline_text import sections_of
from rag.records import Article, Author, Unreadable

FIRST_LINE = re.compile(r"TY  - ")
"""What a file of this form begins with."""
_LAST_LINE = re.compile(r"ER  -")
_PUBMED_URL = re.compile(r"pubmed\.ncbi\.nlm\.nih\.gov/(\d+)|ncbi\.nlm\.nih\.gov/pubmed/(\d+)")
_STRAY_BYTE = re.compile("[\udc80-\udcff]")


def from_lines(lines: Iterable[str]) -> Iterator[Article | Unreadable]:
    """Read every record of a RIS file.

    Yields:
        One Article or Unreadable for each record, in order.
    """
    import rispy

    for number, text in enumerate(_records(lines), start=1):
        where = f"record {number}"
        if _STRAY_BYTE.search(text):
            yield Unreadable("the record holds bytes that are not UTF-8", where=where)
            continue
        try:
            (entry,) = rispy.loads(text)
            yield _article(entry)
        except ValueError as error:
            yield Unreadable(str(error), where=where)


def _records(lines: Iterable[str]) -> Iterator[str]:
    """The text of each record, from its TY to its ER."""
    record: list[str] = []
    for line in lines:
        if FIRST_LINE.match(line) and record:
            yield "".join((*record, "ER  - \n"))
            record = []
        if record or FIRST_LINE.match(line):
            record.append(line.rstrip("\r\n") + "\n")
        if record and _LAST_LINE.match(line):
            yield "".join(record)
            record = []
    if record:
        yield "".join((*record, "ER  - \n"))


def _article(entry: dict[str, Any]) -> Article:
    title = clean(_first(entry, "title", "primary_title"))
    abstract = clean(_first(entry, "abstract", "notes_abstract"))
    if not title and not abstract:
        raise ValueError("the record has neither a title nor an abstract")
    doi = doi_of(_first(entry, "doi"))
    pmid = _pmid(entry)
    key = article_id(pmid, doi, "-".join(_first(entry, "id", "accession_number").split()))
    if not key:
        raise ValueError("the record has no PMID, DOI or ID by which it could be named")
    date = _date(_first(entry, "year", "publication_year", "date"))
    pages = dict.fromkeys(filter(None, (_first(entry, "start_page"), _first(entry, "end_page"))))
    return Article(
        id=key,
        title=title,
        sections=sections_of(abstract),
        pmid=pmid,
        doi=doi,
        pmcid=pmcid_of(_first(entry, "custom2")),
        authors=tuple(_author(name) for name in entry.get("authors") or entry.get("first_authors") or ()),
        journal=_first(
            entry,
            "alternate_title1",
            "alternate_title2",
            "journal_name",
            "secondary_title",
            "alternate_title3",
        ),
        year=year_of(date),
        date=date,
        volume=_first(entry, "volume"),
        issue=_first(entry, "number"),
        pages="-".join(pages),
        languages=tuple(filter(None, (_first(entry, "language"),))),
        keywords=tuple(map(clean, entry.get("keywords", ()))),
    )


def _first(entry: dict[str, Any], *names: str) -> str:
    """The first of the fields that has a value; of a field that stands more than once the first value."""
    values = (value[0] if isinstance(value, list) and value else value for value in map(entry.get, names))
    return next((str(value).strip() for value in values if value), "")


def _pmid(entry: dict[str, Any]) -> str | None:
    """PMID from PubMed's address, or from the accession number of a record that names PubMed or MEDLINE."""
    urls = entry.get("urls", ())
    found = next((match for url in urls if (match := _PUBMED_URL.search(url))), None)
    if found:
        return pmid_of(found[1] or found[2])
    source = f"{_first(entry, 'name_of_database')} {_first(entry, 'database_provider')}".lower()
    named = "pubmed" in source or "medline" in source
    return pmid_of(_first(entry, "accession_number")) if named else None


def _date(value: str) -> str:
    """``2002/07/25/`` as ``2002 Jul 25``, as far as it goes; another form as it stands."""
    parts = value.split("/")
    if not parts[0].isdigit() or len(parts) == 1:
        return value
    month = parts[1].lstrip("0")
    named = MONTHS[int(month) - 1] if month.isdigit() and int(month) <= 12 else ""
    day = parts[2].lstrip("0") if named and len(parts) > 2 else ""
    return " ".join(filter(None, (parts[0], named, day)))


def _author(name: str) -> Author:
    """``Halpern, Scott D., Jr`` as a person, a name without a comma as a group."""
    last, comma, rest = (part.strip() for part in name.partition(","))
    if not comma:
        return Author(collective=name.strip())
    fore, _, suffix = (part.strip() for part in rest.partition(","))
    initials = "".join(part[0] for part in re.split(r"[\s.-]+", fore) if part)
    return Author(last=last, fore=fore, initials=initials, suffix=suffix)
