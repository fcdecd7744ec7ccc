"""The route of an audit: read a pasted answer, find its sources, check every statement, list the faults.

The checker is that of the gate, so an answer written elsewhere is held to the rule of our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rag import __version__
from rag.answering.audit_findings import findings
from rag.answering.audit_text import parse
from rag.answering.claims import PART, claims
from rag.answering.desk import DEFAULT_CORPUS, Desk
from rag.answering.privacy import redact
from rag.answering.question import understand
from rag.answering.resolve import Shelf, corpus_shelf, file_shelf, pubmed_shelf, resolve
from rag.answering.screen import screen
from rag.answering.verify import against
from rag.audit_records import (
    Audit,
    AuditCounts,
    AuditedCitation,
    AuditedReference,
    AuditedStatement,
    ListedReference,
    PastedStatement,
)
from rag.errors import BadInput
from rag.records import Article, Finding, Label, Progress

LONGEST_TEXT = 200_000
"""Characters of a pasted answer."""

Check = Callable[[str, Article], tuple[Finding, ...]]


def audit(
    desk: Desk,
    text: str,
    progress: Callable[[Progress], None] = lambda step: None,
    *,
    sources: Path | None = None,
    corpora: Sequence[str] = (),
    live: bool = False,
    question: str = "",
) -> Audit:
    """Check an answer written elsewhere against the sources that it cites.

    Args:
        desk: settings, models and corpora.
        text: the answer as plain text or Markdown, with markers and a reference list.
        progress: told each step as it begins.
        sources: a file of articles, in any form that can be imported; nothing is stored.
        corpora: names of corpora that may hold the sources; the starter corpus if none is named, there is no
            ``sources`` and ``live`` is off.
        live: ask PubMed; PMIDs, DOIs and titles of the reference list leave this machine, nothing else.
        question: what was asked, if the text does not begin with it; without one, directness is not judged.

    Raises:
        BadInput: there is no statement, the text is too long, or ``sources`` cannot be read.
        CorpusError: a corpus is absent or damaged.
        SearchFailed: PubMed could not be asked.
        SettingsError: ``live`` without an e-mail.
    """
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"The text is longer than {LONGEST_TEXT:,} characters. Give one answer at a time.")
    pasted = parse(text)
    if not pasted.statements:
        raise BadInput("There is no sentence to check. Give the text of an answer, with its references.")
    asked = redact(question or pasted.question).text
    progress(Progress("sources", "Finding the sources"))
    shelves = _shelves(desk, sources, corpora, live, pasted.references)
    resolved = [resolve(one, shelves) for one in pasted.references]
    references = tuple(_screened(one, article, asked) for one, article in resolved)
    articles = {one.n: article for one, article in resolved if article}

    def check(claim: str, article: Article) -> tuple[Finding, ...]:
        return against(claim, article, desk.entail, desk.support_at)

    statements = []
    for i, one in enumerate(pasted.statements, start=1):
        progress(Progress("check", f"Checking statement {i} of {len(pasted.statements)}"))
        statements.append(_audited(f"s{i}", one, {each.n: each for each in references}, articles, check))
    return Audit(
        question=asked,
        statements=tuple(statements),
        references=references,
        findings=findings(pasted, statements, references),
        counts=_counts(statements),
        sources=tuple(one.name for one in shelves),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"pubmed-rag {__version__}",
        checker=desk.entail.name,
    )


def _shelves(
    desk: Desk, sources: Path | None, corpora: Sequence[str], live: bool, entries: Sequence[ListedReference]
) -> list[Shelf]:
    shelves = [file_shelf(sources)] if sources else []
    named = corpora or (() if sources or live else (DEFAULT_CORPUS,))
    if named:
        shelves.append(corpus_shelf(desk, named))
    if live:
        shelves.append(pubmed_shelf(desk.pubmed, entries))
    return shelves


def _screened(reference: AuditedReference, article: Article | None, asked: str) -> AuditedReference:
    """The reference with the reasons why its article is not about the question."""
    if article is None or not asked:
        return reference
    return replace(reference, because=screen(understand(asked), article).because)


# --- One statement --------------------------------------------------------------------------------


def _audited(
    name: str,
    one: PastedStatement,
    references: Mapping[int, AuditedReference],
    articles: Mapping[int, Article],
    check: Check,
) -> AuditedStatement:
    """Check a statement against what it cites and, if that does not support it, against the other sources."""
    citations = [_citation(n, one.claim, references.get(n), articles.get(n), check) for n in one.numbers]
    if not any(each.verdict == "SUPPORT" for each in citations):
        citations = _jointly(one, citations, articles, check)
    label = _label(citations)
    elsewhere = []
    if label != "SUPPORT":
        others = [n for n in articles if n not in one.numbers]
        tried = (_citation(n, one.claim, references[n], articles[n], check) for n in others)
        elsewhere = [each for each in tried if each.verdict == "SUPPORT"]
    return AuditedStatement(
        name,
        one.role,
        one.text,
        one.start,
        one.end,
        one.numbers,
        label,
        tuple(citations),
        tuple(elsewhere),
    )


def _citation(
    n: int, claim: str, reference: AuditedReference | None, article: Article | None, check: Check
) -> AuditedCitation:
    if reference is None:
        return AuditedCitation(n, None, "UNSCORED", notes=("no source has this number",))
    if article is None:
        return AuditedCitation(n, None, "UNSCORED", notes=("the source was not found",))
    found = check(claim, article)
    if not found:
        return AuditedCitation(n, article.id, "UNSCORED", notes=("the source has no text to check against",))
    verdict, section = found[0].verdict, found[0].section
    notes = [each.detail for each in verdict.checks if each.passed is False and each.detail]
    label = verdict.label
    if label == "SUPPORT" and (barred := _barred(article)):
        label, notes = "NOT_ENOUGH_INFO", [barred]
    elif label == "NOT_ENOUGH_INFO" and not notes:
        notes = [f"probability of support {verdict.score:.2f}, too low"]
    if reference.because:
        notes.append("indirect: the source is not about what was asked")
    span = verdict.rationale
    return AuditedCitation(
        n=n,
        article=article.id,
        verdict=label,
        score=round(verdict.score, 4),
        quote=span.text if span else "",
        start=span.start if span else 0,
        end=span.end if span else 0,
        source_section=article.section_label(section),
        notes=tuple(notes),
    )


def _barred(article: Article) -> str:
    """Why an article never supports a statement, whatever it says."""
    if article.status == "retracted":
        return "the source was retracted and supports nothing"
    return "the source is a notice about another article" if article.notice else ""


def _jointly(
    one: PastedStatement,
    citations: list[AuditedCitation],
    articles: Mapping[int, Article],
    check: Check,
) -> list[AuditedCitation]:
    """The citations with those that each support a part, if together they support every part."""
    parts = claims(one.claim)
    usable = [n for n in one.numbers if n in articles and not _barred(articles[n])]
    if len(parts) < 2 or not usable:
        return citations
    bearing: dict[int, AuditedCitation] = {}
    for part in parts:
        reference = AuditedReference(0, "", "found")
        tried = [_citation(n, part, reference, articles[n], check) for n in usable]
        supporting = [each for each in tried if each.verdict == "SUPPORT"]
        if not supporting:
            return citations
        for each in supporting:
            bearing.setdefault(each.n, replace(each, notes=(f"{PART}{part}",)))
    return [bearing.get(each.n, each) for each in citations]


def _label(citations: Sequence[AuditedCitation]) -> Label | None:
    """The best that its citations do for a statement; a contradiction counts before a lack of support."""
    order: tuple[Label, ...] = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO", "UNSCORED")
    found = {one.verdict for one in citations}
    return next((label for label in order if label in found), None)


def _counts(statements: Sequence[AuditedStatement]) -> AuditCounts:
    labels = Counter(one.label for one in statements)
    return AuditCounts(
        len(statements),
        labels["SUPPORT"],
        labels["CONTRADICT"],
        labels["NOT_ENOUGH_INFO"],
        labels["UNSCORED"],
        labels[None],
    )
