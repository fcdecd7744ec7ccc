"""The faults of an audited answer, in words, gravest kind first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.audit_records import (
    AuditedReference,
    AuditedStatement,
    AuditFinding,
    ListedReference,
    Pasted,
    PastedStatement,
    Role,
)
from rag.text.markers import once

ROLE_NAMES: dict[Role, str] = {
    "bottom_line": "The bottom line",
    "conclusion": "The conclusion",
    "recommendation": "A recommendation",
    "statement": "A statement",
}

_DIRECTIVE = re.compile(
    r"""\b(?:(?:you|your\ patient|this\ patient|he|she)\ (?:should|must|needs?\ to|ha(?:s|ve)\ to|ought\ to)
    |(?:start|stop|take|increase|reduce|double|halve|skip)\ (?:taking\ )?your
    |(?:give|start|put)\ (?:him|her|this\ patient|your\ patient))\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that tell one patient, or one reader, what to do."""


def findings(
    pasted: Pasted, statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> tuple[AuditFinding, ...]:
    """List every fault.

    Args:
        pasted: the answer as it was read.
        statements: its statements as they were checked, in the same order.
        references: its references as they were resolved, in the same order.
    """
    return (
        *_dangling(statements, references),
        *_malformed(pasted.statements, statements),
        *_uncited(statements),
        *_unresolved(references, statements),
        *_of_articles(references, statements),
        *_directives(statements),
        *_ungraded(pasted),
        *_orphans(references, statements),
        *_duplicates(pasted.references, references),
        *_order(statements, references),
        *_unnumbered(pasted),
    )


def _citing(n: int, statements: Sequence[AuditedStatement]) -> tuple[str, ...]:
    return tuple(one.id for one in statements if n in one.numbers)


def _dangling(
    statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    known = {one.n for one in references}
    for n in sorted({n for one in statements for n in one.numbers} - known):
        listed = f"the list has {len(references)} entries" if references else "there is no reference list"
        yield AuditFinding(
            "dangling", f"[{n}] is cited, but names no source: {listed}.", _citing(n, statements), (n,)
        )


def _malformed(
    pasted: Sequence[PastedStatement], statements: Sequence[AuditedStatement]
) -> Iterator[AuditFinding]:
    for read, one in zip(pasted, statements, strict=True):
        for fault in read.faults:
            yield AuditFinding("malformed", f"A marker names no source: {fault}.", (one.id,))


def _uncited(statements: Sequence[AuditedStatement]) -> Iterator[AuditFinding]:
    for one in statements:
        if one.label is None:
            yield AuditFinding("uncited", f"{ROLE_NAMES[one.role]} cites nothing.", (one.id,))


def _unresolved(
    references: Sequence[AuditedReference], statements: Sequence[AuditedStatement]
) -> Iterator[AuditFinding]:
    for one in references:
        if one.resolution != "found":
            told = {"ambiguous": "names no single article", "no_identifier": "cannot be looked up"}.get(
                one.resolution, "was not found"
            )
            text = f"[{one.n}] {told}: {one.hint}."
            yield AuditFinding("unresolved", text, _citing(one.n, statements), (one.n,))


def _of_articles(
    references: Sequence[AuditedReference], statements: Sequence[AuditedStatement]
) -> Iterator[AuditFinding]:
    for one in references:
        if one.mismatch:
            text = f"[{one.n}] is not what it says: {one.mismatch}."
            yield AuditFinding("title_mismatch", text, _citing(one.n, statements), (one.n,))
    for one in references:
        told = {"retracted": "was retracted", "concern": "carries an expression of concern"}.get(one.status)
        if told:
            yield AuditFinding("retracted", f"[{one.n}] {told}.", _citing(one.n, statements), (one.n,))
    for one in references:
        if one.because:
            text = f"[{one.n}] is indirect, not about what was asked: {'; '.join(one.because)}."
            yield AuditFinding("indirect", text, _citing(one.n, statements), (one.n,))


def _directives(statements: Sequence[AuditedStatement]) -> Iterator[AuditFinding]:
    for one in statements:
        if match := _DIRECTIVE.search(one.text):
            text = f"Tells one patient or reader what to do: “{match[0]}”."
            yield AuditFinding("directive", text, (one.id,))


def _ungraded(pasted: Pasted) -> Iterator[AuditFinding]:
    if not pasted.graded:
        yield AuditFinding("no_grade", "No certainty of the evidence is stated anywhere.")


def _orphans(
    references: Sequence[AuditedReference], statements: Sequence[AuditedStatement]
) -> Iterator[AuditFinding]:
    for one in references:
        if one.listed and not _citing(one.n, statements):
            yield AuditFinding("orphan", f"[{one.n}] is listed and never cited.", (), (one.n,))


def _duplicates(
    listed: Sequence[ListedReference], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    same: dict[str, list[int]] = defaultdict(list)
    for entry, one in zip(listed, references, strict=True):
        words = " ".join(re.findall(r"\w+", entry.text.lower()))
        same[one.article or entry.pmid or (entry.doi or "").lower() or words].append(one.n)
    for numbers in same.values():
        shown = " and ".join(f"[{n}]" for n in numbers)
        if len(set(numbers)) > 1:
            yield AuditFinding("duplicate", f"{shown} are the same source.", (), tuple(numbers))
    twice = once(one.n for i, one in enumerate(listed) if any(one.n == each.n for each in listed[:i]))
    for n in twice:
        yield AuditFinding("duplicate", f"Two entries have the number [{n}].", (), (n,))


def _order(
    statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    """The first number that is used before a lower one (ICMJE: numbers run in the order of first use)."""
    listed = {one.n for one in references if one.listed}
    used = [n for n in once(n for one in statements for n in one.numbers) if n in listed]
    late = next(((a, b) for a, b in pairwise(used) if b < a), None)
    if late:
        text = f"[{late[0]}] is cited before [{late[1]}]: numbers do not follow the order of first use."
        yield AuditFinding("out_of_order", text, (), late)


def _unnumbered(pasted: Pasted) -> Iterator[AuditFinding]:
    if not pasted.numbered and any(one.numbers for one in pasted.statements):
        text = "The list prints no numbers: its entries were counted in order, which is a guess."
        yield AuditFinding("unnumbered", text)
