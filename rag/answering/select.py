"""Which of the articles that were read are offered to the writer, and in which role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from rag.records import Excluded, Source

Role = Literal["direct", "alternative", "indirect"]

MOST: dict[Role, int] = {"direct": 8, "alternative": 10, "indirect": 4}
RELATED = 0.3
"""Screening score from which an indirect source is worth showing."""
_NO_LEVEL = 6
_OTHER_TREATMENT = re.compile(r"intervention: (?P<name>.+?), not ")


def role(source: Source) -> Role:
    """``direct``; ``alternative`` where only the treatment differs and is named; else ``indirect``."""
    if source.screening.direct:
        return "direct"
    reasons = source.screening.because
    return "alternative" if reasons and all(map(_OTHER_TREATMENT.match, reasons)) else "indirect"


def other_treatment(source: Source) -> str:
    """The treatment that a source is about instead of the one asked about; empty if none is named."""
    named = (_OTHER_TREATMENT.match(reason) for reason in source.screening.because)
    return next((match["name"] for match in named if match), "")


def select(sources: Sequence[Source]) -> tuple[list[Source], list[Excluded]]:
    """Choose and number the sources that the writer is offered.

    Args:
        sources: every usable article that was read, in the order of retrieval.

    Returns:
        The chosen ones, direct ones first, then other treatments of the same condition, then the other
        indirect ones, each role best first; and the others, with the reason.
    """
    by_role: dict[Role, list[Source]] = {"direct": [], "alternative": [], "indirect": []}
    for source in sources:
        by_role[role(source)].append(source)
    by_role["alternative"] = sorted(filter(_related, by_role["alternative"]), key=_alternative_order)
    by_role["indirect"] = sorted(filter(_related, by_role["indirect"]), key=_indirect_order)
    chosen = [one for kind, most in MOST.items() for one in by_role[kind][:most]]
    taken = {one.found.article.id for one in chosen}
    left = [
        Excluded(
            one.found.article.id, "; ".join(one.screening.because) or "less relevant than the sources used"
        )
        for one in sources
        if one.found.article.id not in taken
    ]
    return [replace(one, n=n) for n, one in enumerate(chosen, start=1)], left


def _related(source: Source) -> bool:
    return source.screening.score >= RELATED


def _alternative_order(source: Source) -> tuple[bool, float]:
    return not _in_title(source), -source.screening.score


def _indirect_order(source: Source) -> tuple[bool, float, int]:
    """The same treatment in others, best level first, before articles on the condition that treat nothing."""
    treats_nothing = any(reason.startswith("intervention: not ") for reason in source.screening.because)
    return treats_nothing, -source.screening.score, source.design.level or _NO_LEVEL


def _in_title(source: Source) -> bool:
    """Whether an article's title names the other treatment: it is then about it, not just mentioning it."""
    treatment = other_treatment(source)
    words = re.findall(r"\w{4,}", treatment.lower())
    title = source.found.article.title.lower()
    return bool(words) and all(re.search(rf"\b{re.escape(word[:6])}", title) for word in words)
