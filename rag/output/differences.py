"""What differs between two answers to one question: verdict, certainty, sources, statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from rag.output.json import escaped
from rag.output.page import LEVELS, VERDICTS, line
from rag.records import Answer, Article, Reference
from rag.text.markers import strip_markers


@dataclass(frozen=True, slots=True)
class Change:
    """A value in the older and in the newer answer."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Source:
    """A source that differs, by its article id, with its reference and, if it changed, how."""

    article: str
    reference: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs from one answer to another; everything is empty where nothing does.

    ``question`` is set where the two answer different questions. ``retracted`` are sources of the older
    answer that are retracted now; they are not among ``gone``.
    """

    question: Change | None
    verdict: Change | None
    verdict_text: Change | None
    certainty: Change | None
    new: tuple[Source, ...]
    gone: tuple[Source, ...]
    changed: tuple[Source, ...]
    retracted: tuple[Source, ...]
    new_statements: tuple[str, ...]
    gone_statements: tuple[str, ...]


def differences(older: Answer, newer: Answer, look_up: Callable[[str], Article | None]) -> Differences:
    """Compare two answers.

    Args:
        older: the answer to start from.
        newer: the answer to compare it with.
        look_up: finds an article as it is stored now.
    """
    before = {one.article: one for one in older.references}
    after = {one.article: one for one in newer.references}
    retracted = [
        name for name in before if (article := look_up(name)) is not None and article.status == "retracted"
    ]
    told = [[strip_markers(one.text) for one in answer.statements] for answer in (older, newer)]
    return Differences(
        question=_change(older.question.understood, newer.question.understood),
        verdict=_change(older.verdict.kind, newer.verdict.kind),
        verdict_text=_change(strip_markers(older.verdict.text), strip_markers(newer.verdict.text)),
        certainty=_change(older.certainty.level, newer.certainty.level),
        new=tuple(_source(one) for name, one in after.items() if name not in before),
        gone=tuple(
            _source(one) for name, one in before.items() if name not in after and name not in retracted
        ),
        changed=tuple(
            _source(after[name], how)
            for name, one in before.items()
            if name in after and name not in retracted and (how := _how(one, after[name]))
        ),
        retracted=tuple(_source(before[name]) for name in retracted),
        new_statements=tuple(one for one in told[1] if one not in told[0]),
        gone_statements=tuple(one for one in told[0] if one not in told[1]),
    )


def _change(before: str, after: str) -> Change | None:
    return None if before == after else Change(before, after)


def _source(reference: Reference, change: str = "") -> Source:
    return Source(reference.article, reference.vancouver, change)


def _how(before: Reference, after: Reference) -> str:
    """What changed of a source, in words; the number is not part of a source."""
    names = ("status", "design", "level", "n_participants", "access", "vancouver")
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return "; ".join(
        f"{name.replace('_', ' ')}: {old or 'none'} -> {new or 'none'}"
        for name, old, new in pairs
        if old != new
    )


def as_json(found: Differences) -> str:
    """One JSON object."""
    return escaped(json.dumps(asdict(found), ensure_ascii=False, indent=2)) + "\n"


def as_text(found: Differences) -> str:
    """Lines for a person; one line if nothing differs."""
    return "".join(f"{one}\n" for one in _lines(found)) or "Nothing differs.\n"


def _lines(found: Differences) -> Iterator[str]:
    if found.question:
        yield f"Question: {line(found.question.before)} -> {line(found.question.after)}"
    if found.verdict:
        yield f"Verdict: {VERDICTS[found.verdict.before]} -> {VERDICTS[found.verdict.after]}"
    if found.verdict_text:
        yield f"  - {line(found.verdict_text.before)}"
        yield f"  + {line(found.verdict_text.after)}"
    if found.certainty:
        yield f"Certainty: {LEVELS[found.certainty.before]} -> {LEVELS[found.certainty.after]}"
    for heading, sources in (
        ("Retracted since", found.retracted),
        ("New sources", found.new),
        ("Sources gone", found.gone),
        ("Sources changed", found.changed),
    ):
        if sources:
            yield f"{heading}:"
        for one in sources:
            yield f"  {line(one.reference)}" + (f" ({line(one.change)})" if one.change else "")
    for heading, statements in (
        ("New statements", found.new_statements),
        ("Statements gone", found.gone_statements),
    ):
        if statements:
            yield f"{heading}:"
        yield from (f"  {line(one)}" for one in statements)
