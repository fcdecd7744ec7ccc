"""From a draft to the statements of an answer: past the gate, rewritten once where they fail, or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering.cite import bind
from rag.answering.gate import Checker, gate
from rag.answering.number import merged
from rag.answering.revise import Revised, revise
from rag.library.passages import passages
from rag.records import Complete, DraftStatement, Notice, RemovalReason, Removed, Source, Statement

REWRITABLE: frozenset[RemovalReason] = frozenset(
    {"unsupported", "contradicted", "number_not_in_source", "unit_not_in_source", "population_mismatch"}
)
"""Reasons that a rewrite may mend. What gives orders, is malformed or cites no source is not sent back."""


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
    """
    by_number = {source.n: source for source in sources}
    outcomes = [gate(item, by_number, check, passages) for item in items]
    failed = {
        place: outcome
        for place, (item, outcome) in enumerate(zip(items, outcomes, strict=True))
        if isinstance(outcome, Removed)
        and outcome.reason in REWRITABLE
        and bind(item.numbers, by_number).valid
    }
    places, revised = list(failed), Revised()
    if complete and failed:
        revised = revise([(items[place], failed[place]) for place in places], sources, complete)
    written, rewritten = list(items), 0
    for at, item in revised.items.items():
        place = places[at]
        outcome = gate(item, by_number, check, passages)
        if isinstance(outcome, Statement):
            outcomes[place], written[place] = outcome, item
            rewritten += 1
        else:
            detail = f"{failed[place].detail.rstrip('.')}. A rewrite did not pass either."
            outcomes[place] = replace(failed[place], detail=detail)
    again = sum(
        not {one.n for one in outcome.citations} & set(item.numbers)
        for item, outcome in zip(written, outcomes, strict=True)
        if isinstance(outcome, Statement)
    )
    return Admitted(
        merged(one for one in outcomes if isinstance(one, Statement)),
        [one for one in outcomes if isinstance(one, Removed)],
        (
            *_notice("rewritten", rewritten, "rewritten: as first written, what it cites does not state it"),
            *_notice(
                "cited_again", again, "cited again: not what the writer cited, but this source states it"
            ),
        ),
        revised.tokens,
        ("revise",) if revised.items else (),
    )


def _notice(kind: str, count: int, what: str) -> tuple[Notice, ...]:
    statements = "1 statement was" if count == 1 else f"{count} statements were"
    return (Notice(kind, f"{statements} {what}."),) if count else ()
