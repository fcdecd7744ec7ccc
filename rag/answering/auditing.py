"""The route of an audit: read a pasted answer, find its sources, check every statement, list the faults.

The checker is that of the gate, so an answer written elsewhere is held to the rule of our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from rag import __version__
from rag.answering.audit_claims import overclaims
from rag.answering.audit_direct import unanswered
from rag.answering.audit_findings import of_citations
from rag.answering.audit_text import parse
from rag.answering.audit_whole import of_the_whole
from rag.answering.claims import PART, jointly
from rag.answering.design import design
from rag.answering.desk import DEFAULT_CORPUS, Desk
from rag.answering.privacy import redact
from rag.answering.question import understand
from rag.answering.resolve import Shelf, corpus_shelf, file_shelf, pubmed_shelf, resolve
from rag.answering.screen import screen
from rag.answering.stance import conclusion
from rag.answering.verify import against, verify_pairs
from rag.audit_records import (
    Audit,
    AuditCounts,
    AuditedCitation,
    AuditedReference,
    AuditedStatement,
    AuditFinding,
    FindingKind,
    ListedReference,
    Pasted,
    PastedStatement,
)
from rag.errors import BadInput, IdentifyingText
from rag.records import Article, Finding, Label, Progress, Question
from rag.text import terms
from rag.text.injection import visible
from rag.text.pointing import frame

LONGEST_TEXT = 200_000
"""Characters of a pasted answer."""
TRIED_ELSEWHERE = 5
"""Sources that a statement does not cite and is checked against all the same, nearest in words first."""

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
    redacted: bool = False,
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
        redacted: go on although a statement seems to name a patient, without that text.

    Raises:
        BadInput: there is no statement, the text is too long, or ``sources`` cannot be read.
        IdentifyingText: a statement or the question seems to name a patient.
        CorpusError: a corpus is absent or damaged.
        SearchFailed: PubMed could not be asked.
        SettingsError: ``live`` without an e-mail.
    """
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"The text is longer than {LONGEST_TEXT:,} characters. Give one answer at a time.")
    pasted = _received(text, question, redacted)
    asked = understand(pasted.question) if pasted.question else None
    progress(Progress("sources", "Finding the sources"))
    shelves = _shelves(desk, sources, corpora, live, pasted.references)
    resolved = [resolve(one, shelves) for one in pasted.references]
    references = tuple(_read(one, article, asked) for one, article in resolved)
    articles = {one.n: article for one, article in resolved if article}

    def check(claim: str, article: Article) -> tuple[Finding, ...]:
        return _found(claim, article, desk)

    statements = []
    for i, one in enumerate(pasted.statements, start=1):
        progress(Progress("check", f"Checking statement {i} of {len(pasted.statements)}"))
        statements.append(_audited(f"s{i}", one, {each.n: each for each in references}, articles, check))
    running = _running(text, pasted)
    found = (
        *of_citations(pasted, statements, references),
        *overclaims(statements, references, asked),
        *unanswered(running, statements, asked),
        *of_the_whole(running, pasted.graded, statements, references, asked),
    )
    return Audit(
        question=pasted.question,
        statements=tuple(statements),
        references=references,
        findings=tuple(sorted(found, key=_gravity)),
        counts=_counts(statements),
        sources=tuple(one.name for one in shelves),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"pubmed-rag {__version__}",
        checker=desk.entail.name,
    )


def _gravity(finding: AuditFinding) -> int:
    return get_args(FindingKind).index(finding.kind)


def _received(text: str, question: str, redacted: bool) -> Pasted:
    """The answer as it was read, its question and its statements without identifying text.

    The entries of its reference list stay as they are printed: authors are people with names. Of them only
    PMID, DOI and a title that names no patient is ever sent.
    """
    pasted = parse(text)
    if not pasted.statements:
        raise BadInput("There is no sentence to check. Give the text of an answer, with its references.")
    asked = redact(question or pasted.question)
    if asked.found and not redacted:
        raise IdentifyingText(asked.text)
    statements = []
    for one in pasted.statements:
        words, claim = redact(one.text), redact(one.claim)
        if (words.found or claim.found) and not redacted:
            raise IdentifyingText(claim.text, "statement")
        statements.append(replace(one, text=words.text, claim=claim.text))
    return replace(pasted, question=asked.text, statements=tuple(statements))


def _running(text: str, pasted: Pasted) -> str:
    """The text without its reference list."""
    for one in reversed([each for each in pasted.references if each.listed]):
        text = f"{text[: one.start]}\n{text[one.end :]}"
    return visible(text)


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


def _read(reference: AuditedReference, article: Article | None, asked: Question | None) -> AuditedReference:
    """The reference with what its article is, reports, and why it is not about the question."""
    if article is None:
        return reference
    kind = design(article, asked.type if asked else "other")
    told = conclusion(article, frame(asked.understood if asked else ""))
    return replace(
        reference,
        design=kind.name,
        level=kind.level,
        participants=kind.participants,
        reports=told[-1].span.text if told else "",
        because=screen(asked, article).because if asked else (),
    )


def _found(claim: str, article: Article, desk: Desk) -> tuple[Finding, ...]:
    """What the checker of the gate finds, save that an article contradicts only as a whole.

    A section about something else can read as a contradiction. That costs the gate nothing, which shows
    neither; here it would accuse a statement that another section all but supports.
    """
    found = against(claim, article, desk.entail, desk.support_at)
    if not found or found[0].verdict.label != "CONTRADICT":
        return found
    sections = range(-1, len(article.sections))
    verdicts = verify_pairs([(claim, article.section_text(i)) for i in sections], desk.entail)
    nearest, verdict = max(zip(sections, verdicts, strict=True), key=lambda pair: pair[1].score)
    if verdict.label != "SUPPORT":
        return found
    return (Finding(nearest, replace(verdict, label="NOT_ENOUGH_INFO")),)


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
        others = _nearest(one.claim, {n: articles[n] for n in articles if n not in one.numbers})
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
    if label == "SUPPORT" and article.barred:
        label, notes = "NOT_ENOUGH_INFO", [f"the source is {article.barred} and supports nothing"]
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


def _nearest(claim: str, articles: Mapping[int, Article]) -> list[int]:
    """The numbers of the articles that share most words with a claim, those with none left out."""
    wanted = set(terms.stems(claim))
    shared = {
        n: terms.weight(
            wanted & set(terms.stems(f"{one.title} {' '.join(each.text for each in one.sections)}"))
        )
        for n, one in articles.items()
    }
    return sorted((n for n in shared if shared[n]), key=lambda n: -shared[n])[:TRIED_ELSEWHERE]


def _jointly(
    one: PastedStatement, citations: list[AuditedCitation], articles: Mapping[int, Article], check: Check
) -> list[AuditedCitation]:
    """The citations with those that each support a part, if together they support every part."""
    reference = AuditedReference(0, "", "found")

    def bears(part: str, n: int) -> AuditedCitation | None:
        tried = _citation(n, part, reference, articles[n], check)
        return replace(tried, notes=(f"{PART}{part}",)) if tried.verdict == "SUPPORT" else None

    bearing = jointly(one.claim, [n for n in one.numbers if n in articles], bears)
    first = {each.n: each for each in reversed(bearing)}
    return [first.get(each.n, each) for each in citations]


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
