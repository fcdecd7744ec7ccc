"""Our own answer records, one a line or alone, in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from eval.interchange.files import Row
from eval.interchange.submitted import Failed, Fault, Submitted
from rag.errors import BadInput
from rag.output.json import answer_from_json

FAULTS: frozenset[Fault] = frozenset(
    {"dangling", "orphan", "duplicate", "disorder", "uncited", "misquoted", "figures"}
)


def recognised(row: Row) -> bool:
    """Whether an object looks like an answer record, or like the line of a question that failed."""
    return {"statements", "references", "verdict"} <= row.keys() or row.keys() == {"id", "error"}


def read(rows: Iterable[tuple[str, Row]]) -> list[Submitted | Failed]:
    """Read what ``rag ask --format json`` or a batch wrote; an article's passage is what is quoted of it.

    Raises:
        BadInput: an object is no answer record; names its place and the field.
    """
    return [_one(place, row) for place, row in rows]


def _one(place: str, row: Row) -> Submitted | Failed:
    if row.keys() == {"id", "error"}:
        return Failed(str(row["id"]))
    try:
        answer = asdict(answer_from_json(json.dumps(row)))
    except BadInput as error:
        raise BadInput(f"{place}: {error}") from None
    quotes: dict[str, list[str]] = {}
    for statement in answer["statements"]:
        for citation in statement["citations"]:
            quotes.setdefault(citation["article"], []).append(citation["quote"])
    passages = {article: "\n".join(dict.fromkeys(texts)) for article, texts in quotes.items()}
    return Submitted(answer["id"], answer, passages, faults=FAULTS)
