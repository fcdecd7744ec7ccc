"""From a draft to the statements of an answer: past the gate, rewritten once where they fail, or removed.

In the place of what a language model wrote and its sources do not bear out, the sentence of them that comes
nearest is quoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answering.cite import bind
from rag.answering.gate import Checker, gate
from rag.answering.instead import quoted_instead
from rag.answering.number import merged
from rag.answering.privacy import redact
from rag.answering.revise import Revised, revise
from rag.library.passages import passages
from rag.records import Complete, DraftStatement, Notice, RemovalReason, Removed, Source, Statement

REWRITABLE: frozenset[RemovalReason] = frozenset(
    {"unsupported", "contradicted", "number_not_in_source", "unit_not_in_source", "population_mismatch"}
)
"""Reasons that a rewrite may mend. What gives orders, is malformed or cites no source is not sent back."""

_Outcomes = list[Statement | Removed]
"""What the gate made of each item of a draft, by its place."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What came of a draft: statements, what was removed, and what the reader is told of both."""

    statements: list[Statement]
    removed: list[Removed]
    notices: tuple[Notice, ...] = ()
    tokens: int = 0
    prompts: tuple[str, ...] = ()


def admit(
    items: Sequence[DraftStatement],
    sources: Sequence[Source],
    check: Checker,
    complete: Complete | None = None,
) -> Admitted:
    """Let drafted statements through the gate, each text once.

    Args:
        items: the draft; nothing of it is trusted.
        sources: what may be cited.
        check: the claim checker.
        complete: the writer, which may rewrite what failed, once; None where sources are quoted.

    Returns:
        The statements, what was removed (a quotation may stand in its place), and what to tell of both.
    """
    by_number = {source.n: source for source in sources}
    outcomes: _Outcomes = [gate(item, by_number, check, passages) for item in items]
    failed = _failed(items, outcomes, by_number)
    places, written, revised = list(failed), list(items), Revised()
    if complete and failed:
        revised = revise([(items[place], failed[place]) for place in places], sources, complete)
    for at, item in revised.items.items():
        place = places[at]
        outcome = gate(item, by_number, check, passages)
        if isinstance(outcome, Statement):
            outcomes[place], written[place] = outcome, item
        else:
            detail = f"{failed[place].detail.rstrip('.')}. A rewrite did not pass either."
            outcomes[place] = replace(failed[place], detail=detail)
    lost = _failed(items, outcomes, by_number)
    quotes = _quotes(lost, items, outcomes, by_number, check) if complete else {}
    shown = (quotes.get(place, outcome) for place, outcome in enumerate(outcomes))
    return Admitted(
        merged(one for one in shown if isinstance(one, Statement)),
        [_nameless(one) for one in outcomes if isinstance(one, Removed)],
        _notices(len(quotes), len(failed) - len(lost), _cited_again(written, outcomes)),
        revised.tokens,
        ("revise",) if revised.items else (),
    )


def _failed(
    items: Sequence[DraftStatement], outcomes: _Outcomes, sources: Mapping[int, Source]
) -> dict[int, Removed]:
    """By place, what cites a source that there is and is not borne out by it as it is worded."""
    return {
        place: outcome
        for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True))
        if isinstance(outcome, Removed) and outcome.reason in REWRITABLE and bind(item.numbers, sources).valid
    }


def _quotes(
    failed: Mapping[int, Removed],
    items: Sequence[DraftStatement],
    outcomes: _Outcomes,
    sources: Mapping[int, Source],
    check: Checker,
) -> dict[int, Statement]:
    """By the place of a statement that failed, the quotation that stands there; none that is cited."""
    told = {citation.quote for one in outcomes if isinstance(one, Statement) for citation in one.citations}
    found: dict[int, Statement] = {}
    for place in failed:
        item = quoted_instead(items[place], sources)
        outcome = gate(item, sources, check, passages) if item else None
        if isinstance(outcome, Statement) and outcome.citations[0].quote not in told:
            found[place] = outcome
            told.add(outcome.citations[0].quote)
    return found


def _cited_again(written: Sequence[DraftStatement], outcomes: _Outcomes) -> int:
    """How many statements cite none of what their writer cited."""
    return sum(
        not {one.n for one in outcome.citations} & set(item.numbers)
        for item, outcome in zip(written, outcomes, strict=True)
        if isinstance(outcome, Statement)
    )


def _nameless(one: Removed) -> Removed:
    """What was removed is shown and kept: no patient whom a writer made up, or guessed, is named in it."""
    safe = redact(one.text)
    detail = "It may identify a patient: its words are not told again." if safe.found else one.detail
    return replace(one, text=safe.text, detail=redact(detail).text)


def _notices(quoted: int, rewritten: int, cited_again: int) -> tuple[Notice, ...]:
    told = (
        (
            "quoted_instead",
            quoted,
            "not shown as the language model wrote it: its source, which does not state it so, is quoted",
        ),
        ("rewritten", rewritten, "rewritten: as first written, what it cites does not state it"),
        ("cited_again", cited_again, "cited again: not what the writer cited, but this source states it"),
    )
    return tuple(Notice(kind, f"{_counted(count)} {what}.") for kind, count, what in told if count)


def _counted(count: int) -> str:
    return "1 statement was" if count == 1 else f"{count} statements were"
