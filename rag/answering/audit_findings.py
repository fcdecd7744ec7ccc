"""The faults of an audited answer in its citations and its reference list, in words."""

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


def of_citations(
    pasted: Pasted, statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    """List the faults of citations and references.

    Args:
        pasted: the answer as it was read.
        statements: its statements as they were checked, in the same order.
        references: its references as they were resolved, in the same order.
    """
    yield from _dangling(statements, references)
    yield from _malformed(pasted.statements, statements)
    yield from _uncited(statements)
    yield from _unresolved(references, statements)
    yield from _of_articles(references, statements)
    yield from _bearing_nothing(references, statements)
    yield from _incomplete(pasted.references)
    yield from _orphans(references, statements)
    yield from _duplicates(pasted.references, references)
    yield from _order(statements, references)
    yield from _unnumbered(pasted)


def _citing(n: int, statements: Sequence[AuditedStatement]) -> tuple[str, ...]:
    return tuple(one.id for one in statements if n in one.numbers)


def _dangling(
    statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    known = {one.n for one in references}
    for n in sorted({n for one in statements for n in one.numbers} - known):
        entries = "1 entry" if len(references) == 1 else f"{len(references)} entries"
        listed = f"the list has {entries}" if references else "there is no reference list"
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


def _bearing_nothing(
    references: Sequence[AuditedReference], statements: Sequence[AuditedStatement]
) -> Iterator[AuditFinding]:
    """Sources that support none of the statements that cite them, with what they do report."""
    bearing = {each.n for one in statements for each in one.citations if each.verdict == "SUPPORT"}
    for one in references:
        citing = _citing(one.n, statements)
        if citing and one.reports and one.n not in bearing and one.status != "retracted":
            told = one.reports if one.access == "summary" else f"“{one.reports}”"
            whose = "Our summary of it says" if one.access == "summary" else "It concludes"
            text = f"[{one.n}] supports nothing that cites it. {whose}: {told}"
            yield AuditFinding("bears_nothing", text, citing, (one.n,))


_AUTHORS = re.compile(r"[^\W\d_][\w'’-]+,?\s+(?:[A-Z]\.?[\s-]?){1,3}(?:[,;.]|$|and\b|&)|\bet al\b")
_PLACE = re.compile(r"\d\s*\(\s*\w+\s*\)|[;:]\s*[A-Za-z]?\d+|\bvol(?:ume)?\b|\bpp?\.\s*\d", re.IGNORECASE)
"""Volume or pages."""


def _incomplete(listed: Sequence[ListedReference]) -> Iterator[AuditFinding]:
    """Entries without anything to look them up by but their words."""
    lacking: dict[str, list[int]] = defaultdict(list)
    for one in listed:
        if not (one.pmid or one.doi or one.url):
            lacks = ["PMID, DOI or link"]
            lacks += [] if _AUTHORS.search(one.text) else ["authors"]
            lacks += [] if _PLACE.search(one.text) else ["volume or pages"]
            lacking[", no ".join(lacks)].append(one.n)
    for what, numbers in lacking.items():
        shown = ", ".join(f"[{n}]" for n in numbers)
        yield AuditFinding("incomplete", f"No {what}: {shown}.", (), tuple(numbers))


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
