"""The report of an audit in words: what every form for people shows, in its order, made once.

As with the answer page, the forms lay this out and escape it; every string is one line of what a reader can
see, since an answer written elsewhere may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.audit_records import (
    Audit,
    AuditedCitation,
    AuditedReference,
    AuditedStatement,
    AuditFinding,
    FindingKind,
    Resolution,
    Role,
)
from rag.output.page import ACCESS, CHECKS, NOTICES_OF_STATUS, Quote, Row, line
from rag.output.references import doi_url, pubmed_url
from rag.records import TITLE, Label

HEADING = "Audit of an answer written elsewhere"
MADE_BY = "Checked by a program. Provisional."
ELSEWHERE = "It does not cite these, and they support it:"
BLIND = (
    "A statement that is not supported here may be true: what it cites does not state it, or was not found.",
    "Sources are read as far as they are stored, mostly abstracts. A full article may say more.",
    "Evidence that the text leaves out is not looked for. To see it, ask the question with rag ask.",
    "How a page looks, and what it offers beyond its text, is not seen.",
)
"""What an audit cannot tell."""
LABELS: dict[Label | None, str] = {
    "SUPPORT": "supported",
    "CONTRADICT": "contradicted by what it cites",
    "NOT_ENOUGH_INFO": "not supported by what it cites",
    "UNSCORED": "not checked: no source to check it against",
    None: "cites nothing",
}
ROLES: dict[Role, str] = {
    "bottom_line": "Bottom line",
    "conclusion": "Conclusion",
    "recommendation": "Recommendation",
    "statement": "",
}
RESOLUTIONS: dict[Resolution, str] = {
    "found": "Found",
    "not_found": "Not found",
    "ambiguous": "Names no single article",
    "no_identifier": "Cannot be looked up",
}
GROUPS: dict[str, dict[FindingKind, str]] = {
    "Citations": {
        "dangling": "Number without a source",
        "malformed": "Malformed marker",
        "uncited": "No citation",
    },
    "Sources": {
        "unresolved": "Source not found",
        "title_mismatch": "Not what it says",
        "retracted": "Retracted or doubted",
        "indirect": "Indirect source",
        "other_condition": "Another condition",
        "indirect_figure": "Figure of an indirect source",
        "bears_nothing": "No support",
    },
    "Claims beyond the sources": {
        "too_few_sources": "More claimed than cited",
        "kind_not_cited": "Kind of source not cited",
        "design_untold": "Weak design not told",
        "directive": "Order to one person",
    },
    "Left unsaid": {
        "unanswered": "Yes or no",
        "gap_untold": "Gap",
        "not_urgent": "Urgency",
        "no_grade": "Certainty",
        "no_effect": "Size of effect",
        "no_search": "Search",
    },
    "The page on itself": {
        "review_unclear": "Reviewed or not",
        "two_audiences": "Readers",
        "overtrust": "Advertising",
    },
    "Form": {
        "incomplete": "Incomplete entry",
        "orphan": "Never cited",
        "duplicate": "Listed twice",
        "out_of_order": "Out of order",
        "unnumbered": "List without numbers",
        "repeated": "Repetition",
    },
}
"""Every kind of fault in words, in groups."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault under its name, and the ids of the statements that it concerns."""

    label: str
    text: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Faults of one sort."""

    heading: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement without its markers, the numbers that it cites, its verdict, and what that rests on."""

    id: str
    role: str
    text: str
    numbers: tuple[int, ...]
    label: Label | None
    verdict: str
    quotes: tuple[Quote, ...]
    elsewhere: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as it is printed, and what became of it. Addresses are those of the article found."""

    n: int
    printed: str
    found: str
    notice: str
    badges: tuple[str, ...]
    pubmed: str | None
    doi: str | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The report in the order in which it is read."""

    question: str
    result: str
    counts: tuple[Row, ...]
    faults: tuple[FaultGroup, ...]
    statements: tuple[Checked, ...]
    references: tuple[Listed, ...]
    method: tuple[Row, ...]


def audit_page(audit: Audit) -> AuditPage:
    """Put an audit into words, in the order of the report."""
    ours = {one.article for one in audit.references if one.access == "summary"}
    return AuditPage(
        question=line(audit.question),
        result=_result(audit),
        counts=_counts(audit),
        faults=_groups(audit.findings),
        statements=tuple(_checked(one, ours) for one in audit.statements),
        references=tuple(_listed(one) for one in audit.references),
        method=(
            Row("Checked", MADE_BY),
            Row("Sources looked up in", line("; ".join(audit.sources))),
            Row("Claim checker", line(audit.checker)),
            Row("Made", line(audit.made)),
            Row("Software", line(audit.software)),
        ),
    )


def _result(audit: Audit) -> str:
    counts = audit.counts
    of = "1 statement" if counts.statements == 1 else f"{counts.statements:,} statements"
    are = "is" if counts.supported == 1 else "are"
    return f"{counts.supported:,} of {of} {are} supported by what they cite"


def _counts(audit: Audit) -> tuple[Row, ...]:
    counts = audit.counts
    found = sum(one.resolution == "found" for one in audit.references)
    rows = (
        ("Supported", f"{counts.supported:,}"),
        ("Contradicted", f"{counts.contradicted:,}"),
        ("Not supported", f"{counts.not_enough_info:,}"),
        ("Not checked", f"{counts.unscored:,}"),
        ("Cite nothing", f"{counts.uncited:,}"),
        ("Sources found", f"{found:,} of {len(audit.references):,}"),
        ("Faults", f"{len(audit.findings):,}"),
    )
    return tuple(Row(label, text) for label, text in rows)


def _groups(findings: Sequence[AuditFinding]) -> tuple[FaultGroup, ...]:
    groups = (
        FaultGroup(heading, tuple(_fault(one, names) for one in findings if one.kind in names))
        for heading, names in GROUPS.items()
    )
    return tuple(one for one in groups if one.faults)


def _fault(finding: AuditFinding, names: Mapping[FindingKind, str]) -> Fault:
    return Fault(names[finding.kind], line(finding.text), finding.statements)


def _checked(statement: AuditedStatement, ours: set[str | None]) -> Checked:
    return Checked(
        id=statement.id,
        role="" if _says_so(statement) else ROLES[statement.role],
        text=line(statement.text),
        numbers=statement.numbers,
        label=statement.label,
        verdict=LABELS[statement.label],
        quotes=tuple(_quote(one, ours) for one in statement.citations),
        elsewhere=tuple(_quote(one, ours) for one in statement.elsewhere),
    )


def _says_so(statement: AuditedStatement) -> bool:
    return line(statement.text).lower().startswith(ROLES[statement.role].lower())


def _quote(citation: AuditedCitation, ours: set[str | None]) -> Quote:
    mine = citation.article in ours
    label = "the title" if citation.source_section == TITLE else line(citation.source_section)
    place = label or "the abstract"
    source = f"our summary, {place}" if mine else place
    lead = f"{'Quoted from' if citation.verdict == 'SUPPORT' else 'Nearest in'} {source}"
    shown = (CHECKS[citation.verdict], *(line(note) for note in citation.notes))
    return Quote(
        citation.n,
        lead if citation.quote else "Nothing to quote",
        line(citation.quote),
        mine,
        tuple(one for one in shown if one),
    )


def _listed(reference: AuditedReference) -> Listed:
    found = reference.resolution == "found"
    title = line(reference.title)
    told = f"{RESOLUTIONS[reference.resolution]}{f' by {reference.by}' if found else ''}"
    if found and title.rstrip(".").lower() not in line(reference.text).lower():
        told += f": {title}{f' ({reference.year})' if reference.year else ''}"
    badges = (
        line(reference.design),
        f"level {reference.level}" if reference.level else "",
        f"n = {reference.participants:,}" if reference.participants else "",
        ACCESS[reference.access] if found else "",
        "indirect" if reference.because else "",
        "" if reference.listed else "named in the text only",
    )
    return Listed(
        n=reference.n,
        printed=line(reference.text),
        found=told + (f": {line(reference.hint)}" if reference.hint else ""),
        notice=NOTICES_OF_STATUS[reference.status],
        badges=tuple(one for one in badges if one),
        pubmed=pubmed_url(reference.pmid) if found else None,
        doi=doi_url(reference.doi) if found else None,
    )
