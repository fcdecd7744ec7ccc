"""The claims of an answer as a table (RFC 4180): one row for each citation of each statement.

A cell that a spreadsheet would take for a formula is preceded by an apostrophe (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from rag.records import Answer
from rag.text.injection import visible
from rag.text.markers import strip_markers

COLUMNS = (
    "question", "statement_id", "section", "statement", "n", "article", "pmid", "doi", "title", "journal",
    "year", "design", "level", "n_participants", "status", "access", "direct", "verdict", "score",
    "source_section", "start", "end", "quote", "notes", "url",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def render(answer: Answer) -> str:
    """Print the table, its header first. Quotes are verbatim but for the guard against formulas."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_guarded(cell) for cell in row] for row in _rows(answer))
    return file.getvalue()


def _rows(answer: Answer) -> Iterator[tuple[object, ...]]:
    entries = {one.n: one for one in answer.references}
    for statement in answer.statements:
        for one in statement.citations:
            entry = entries[one.n]
            yield (
                answer.question.understood, statement.id, statement.section, strip_markers(statement.text),
                one.n, one.article, one.pmid, entry.doi, entry.title, entry.journal, entry.year, entry.design,
                entry.level, entry.n_participants, entry.status, entry.access, one.direct, one.verdict,
                one.score, one.source_section, one.start, one.end, one.quote, "; ".join(one.notes), entry.url,
            )  # fmt: skip


def _guarded(cell: object) -> object:
    """A text that is safe to open in a spreadsheet; numbers and empty cells as they are."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    shown = visible(cell)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown
