"""TREC runs and qrels, the formats of trec_eval, in and out.

A run has the lines ``query_id Q0 doc_id rank score tag``, qrels ``query_id 0 doc_id relevance``. Fields are
parted by blanks or tabs. Read as well are BEIR's qrels (``query-id corpus-id score`` under a header) and runs
without a tag. The rank in a file is not believed: the score ranks (``measures.ranking.ranked``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from eval.measures.ranking import Qrel, ScoredDoc, ranked
from rag.errors import BadInput


def read_run(path: Path) -> list[ScoredDoc]:
    """Read a run.

    Raises:
        BadInput: the file cannot be read, a line is not of this form, has a score that is no number, or names
            a document that the query already has; names the line.
    """
    rows: list[ScoredDoc] = []
    seen: set[tuple[str, str]] = set()
    for place, fields in _lines(path):
        if len(fields) not in (5, 6):
            raise BadInput(f"{place} is not of a TREC run: `query_id Q0 doc_id rank score tag`.")
        query, document, score = fields[0], fields[2], _score(fields[4])
        if score is None:
            raise BadInput(f"{place} has the score {fields[4]!r}, which is no number.")
        _once(seen, query, document, place)
        rows.append(ScoredDoc(query, document, score))
    return rows


def read_qrels(path: Path) -> list[Qrel]:
    """Read relevance judgments.

    Raises:
        BadInput: as for a run.
    """
    rows: list[Qrel] = []
    seen: set[tuple[str, str]] = set()
    for place, fields in _lines(path):
        if not rows and fields[0].lower() in ("query-id", "query_id", "qid"):
            continue
        if len(fields) not in (3, 4):
            raise BadInput(f"{place} is not of qrels: `query_id 0 doc_id relevance`.")
        query, document, grade = fields[0], fields[-2], _score(fields[-1])
        if grade is None or grade != int(grade):
            raise BadInput(f"{place} has the relevance {fields[-1]!r}, which is no whole number.")
        _once(seen, query, document, place)
        rows.append(Qrel(query, document, int(grade)))
    return rows


def write_run(path: Path, run: Iterable[ScoredDoc], tag: str = "pubmed-rag") -> None:
    """Write a run, each query's documents best first as trec_eval will rank them.

    Raises:
        BadInput: an id or the tag is empty or has blanks in it, which the format cannot hold.
    """
    rows = list(run)
    scores = {(one.query_id, one.doc_id): one.score for one in rows}
    lines = [
        f"{_word(query)} Q0 {_word(document)} {rank} {float(scores[query, document])!r} {_word(tag)}\n"
        for query, documents in ranked(rows).items()
        for rank, document in enumerate(documents, start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def write_qrels(path: Path, qrels: Iterable[Qrel]) -> None:
    """Write relevance judgments in the order given.

    Raises:
        BadInput: as for a run.
    """
    lines = [f"{_word(one.query_id)} 0 {_word(one.doc_id)} {one.relevance}\n" for one in qrels]
    path.write_text("".join(lines), encoding="utf-8")


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The place and the fields of every line that is not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if fields := line.split():
            yield f"{path}, line {number}", fields


def _score(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _once(seen: set[tuple[str, str]], query: str, document: str, place: str) -> None:
    if (query, document) in seen:
        raise BadInput(f"{place}: query {query} already has the document {document}.")
    seen.add((query, document))


def _word(text: str) -> str:
    if text.split() != [text]:
        raise BadInput(f"{text!r} cannot be written in TREC's format: it is empty or has blanks in it.")
    return text
