"""Whether the program abstains where the evidence does not answer, and only there.

The terms are those of selective answering (El-Yaniv and Wiener 2010); over-refusal is the name given to
refusing what could be answered (Röttger et al. 2024, XSTest).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ABSTENTIONS = frozenset({"no_direct_evidence", "not_answerable"})
"""Kinds of verdict that make no claim about the evidence."""


def abstained(answer: Mapping[str, Any]) -> bool:
    """Whether an answer record abstains: the kind of its verdict claims nothing about the evidence."""
    return answer["verdict"]["kind"] in ABSTENTIONS


def precision(unanswerable: Sequence[bool], abstentions: Sequence[bool]) -> float | None:
    """Share of the abstentions that were right; None if there was none."""
    return _share([right for right, did in zip(unanswerable, abstentions, strict=True) if did])


def recall(unanswerable: Sequence[bool], abstentions: Sequence[bool]) -> float | None:
    """Share of the unanswerable questions that were not answered; None if there is none."""
    return _share([did for right, did in zip(unanswerable, abstentions, strict=True) if right])


def over_refusal(unanswerable: Sequence[bool], abstentions: Sequence[bool]) -> float | None:
    """Share of the answerable questions that were not answered; None if there is none."""
    return _share([did for right, did in zip(unanswerable, abstentions, strict=True) if not right])


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
