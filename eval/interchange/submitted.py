"""Answers as they were handed in, read into the form of our answer record: one set of measures fits all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["dangling", "orphan", "duplicate", "disorder", "uncited", "misquoted", "figures"]
"""The faults of ``measures.integrity`` that a file alone can show."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One answer.

    ``answer`` has the fields of an answer record that measures read. ``passages`` are the texts that the
    file gives of its articles, by the article's id in ``answer``; ``retrieved`` if they are all that was
    retrieved,
    not only what was quoted. ``reference`` is the expected answer, if the file has one. ``faults`` are those
    that make sense in the file's format.
    """

    id: str
    answer: Mapping[str, Any]
    passages: Mapping[str, str] = field(default_factory=dict)
    retrieved: bool = False
    reference: str = ""
    faults: frozenset[Fault] = frozenset()


@dataclass(frozen=True, slots=True)
class Failed:
    """A question on which the system failed, so that there is no answer to score."""

    id: str


def record(
    question: str, sentences: Sequence[tuple[str, Sequence[int]]], articles: Sequence[str]
) -> dict[str, Any]:
    """An answer record of sentences and the numbers they cite, every verdict still ``UNSCORED``.

    Args:
        question: as asked; empty if the file does not say.
        sentences: text without markers, and the numbers that it cites, repeated ones kept.
        articles: the id of the article behind each number from 1 on. A number beyond them dangles.
    """
    names = dict(enumerate(articles, start=1))
    return {
        "question": {"asked": question},
        "verdict": {"kind": "", "text": "", "citations": []},
        "statements": [
            {
                "text": text,
                "citations": [
                    {"n": n, "article": names.get(n, ""), "quote": "", "verdict": "UNSCORED"} for n in numbers
                ],
            }
            for text, numbers in sentences
        ],
        "references": [{"n": n, "article": article, "status": "ok"} for n, article in names.items()],
    }
