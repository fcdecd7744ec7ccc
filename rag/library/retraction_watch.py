"""The Retraction Watch database (a CSV file that Crossref gives away) -> status of articles by PMID and DOI.

One row is one event: a retraction, an expression of concern, a correction, or the reinstatement of an
article. Columns are described at https://www.crossref.org/documentation/retrieve-metadata/retraction-watch/.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from rag.errors import BadInput
from rag.library.identifiers import article_id, doi_of, pmid_of
from rag.library.retractions import gravest
from rag.records import ArticleStatus

SOURCE = "Retraction Watch"
"""The name under which a corpus keeps this list."""
COLUMNS = ("OriginalPaperPubMedID", "OriginalPaperDOI", "RetractionNature", "RetractionDate")
NATURES: dict[str, ArticleStatus] = {
    "retraction": "retracted",
    "expression of concern": "concern",
    "correction": "corrected",
    "reinstatement": "ok",
}
"""RetractionNature in lower case -> status; a reinstatement takes back what was said before it."""
_DATES = ("%m/%d/%Y", "%Y-%m-%d")


def read_retraction_watch(path: Path) -> dict[str, ArticleStatus]:
    """Read the whole list.

    Returns:
        The status of each article that has one now, by PMID and again by ``doi:`` and the DOI in lower case.

    Raises:
        BadInput: the file is absent, lacks a column, or has a nature that is not known.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}. Check the path.") from None
    rows = csv.DictReader(io.StringIO(_decoded(data), newline=""))
    if absent := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise BadInput(
            f"{path}: lacks the column {absent[0]}. Get the CSV of Retraction Watch from Crossref."
        )
    events: dict[str, list[tuple[datetime, ArticleStatus]]] = {}
    for row in rows:
        pmid, doi, nature, date = (str(row[name] or "").strip() for name in COLUMNS)
        status = NATURES.get(nature.lower())
        if status is None:
            raise BadInput(
                f"{path}: line {rows.line_num}: {nature!r} is no known nature. Get the file again."
            )
        for subject in _subjects(pmid, doi):
            events.setdefault(subject, []).append((_date(date), status))
    standing = {subject: _status(each) for subject, each in events.items()}
    return {subject: status for subject, status in standing.items() if status != "ok"}


def _decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, else what Windows writes: the file has been given away in both."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _date(text: str) -> datetime:
    """``10/14/2023 0:00``, month first, or ``2023-10-14``; a date of another form is the earliest."""
    for form in _DATES:
        try:
            return datetime.strptime(text.split(" ")[0].split("T")[0], form)
        except ValueError:
            continue
    return datetime.min


def _subjects(pmid: str, doi: str) -> list[str]:
    """Names of the article of a row: an absent PMID is written 0, an absent DOI ``unavailable``."""
    number, name = pmid_of(pmid.removesuffix(".0")), doi_of(doi)
    return [*([number] if number else []), *([article_id(None, name)] if name else [])]


def _status(events: Iterable[tuple[datetime, ArticleStatus]]) -> ArticleStatus:
    """The gravest status since the last reinstatement; on one day the graver event counts."""
    valid: list[ArticleStatus] = []
    for _, status in sorted(events, key=lambda event: event[0]):
        if status == "ok":
            valid = []
        else:
            valid.append(status)
    return gravest(valid)
