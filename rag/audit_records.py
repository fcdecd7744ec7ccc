"""The records of an audit: an answer written elsewhere, as it was read and as it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.records import Access, ArticleStatus, Label

Role = Literal["bottom_line", "conclusion", "recommendation", "statement"]
"""What a sentence is to its reader; the first three are what a reader acts on."""

Resolution = Literal["found", "not_found", "ambiguous", "no_identifier"]
"""What became of an entry; ``no_identifier``: it has no PMID, DOI or title to look for."""

FindingKind = Literal[
    "dangling",
    "malformed",
    "uncited",
    "unresolved",
    "title_mismatch",
    "retracted",
    "indirect",
    "other_condition",
    "indirect_figure",
    "bears_nothing",
    "too_few_sources",
    "kind_not_cited",
    "design_untold",
    "directive",
    "unanswered",
    "gap_untold",
    "not_urgent",
    "no_grade",
    "no_effect",
    "no_search",
    "review_unclear",
    "two_audiences",
    "overtrust",
    "incomplete",
    "orphan",
    "duplicate",
    "out_of_order",
    "unnumbered",
    "repeated",
]
"""What can be wrong, gravest first; ``rag.output.audit_page`` has each in words."""


# --- As it was read -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedReference:
    """One entry ``[start:end]`` of the reference list, or a link within the text if not ``listed``.

    ``text`` is one line without markup; ``n`` is the number printed, or its place where none is printed.
    """

    n: int
    text: str
    start: int
    end: int
    pmid: str | None = None
    doi: str | None = None
    url: str | None = None
    listed: bool = True


@dataclass(frozen=True, slots=True)
class PastedStatement:
    """One sentence or list item ``[start:end]`` of the pasted text and the numbers it cites.

    ``text`` is without markers and markup. ``claim`` is what is checked: a list item together with the words
    that lead into its list. ``faults`` are markers that bind to nothing because they are malformed.
    """

    text: str
    claim: str
    start: int
    end: int
    role: Role = "statement"
    numbers: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pasted:
    """An answer as it was pasted; ``numbered`` if its list prints its numbers."""

    question: str
    statements: tuple[PastedStatement, ...]
    references: tuple[ListedReference, ...]
    numbered: bool
    graded: bool


# --- As it was checked ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AuditedCitation:
    """A statement against the article that stands behind the number ``n``.

    ``verdict`` is ``UNSCORED`` where there was no text to check against. ``quote`` is the slice
    ``[start:end]`` of the article's section that decided; ``notes`` has each failed check, and what else
    limits the verdict, in words.
    """

    n: int
    article: str | None
    verdict: Label
    score: float = 0.0
    quote: str = ""
    start: int = 0
    end: int = 0
    source_section: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedStatement:
    """A statement, how it stands with all it cites, and which listed sources it could have cited.

    ``label`` is None where it cites nothing. ``elsewhere`` are listed articles that it does not cite and
    that support it.
    """

    id: str
    role: Role
    text: str
    start: int
    end: int
    numbers: tuple[int, ...]
    label: Label | None
    citations: tuple[AuditedCitation, ...]
    elsewhere: tuple[AuditedCitation, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedReference:
    """An entry and the article that it names; ``by`` is ``PMID``, ``DOI`` or ``title``.

    ``hint`` says in words why it was not found, or what it may mean; ``mismatch`` how the entry and the
    article differ; ``because`` why the article is not about the question. ``reports`` is the last sentence in
    which the article concludes, verbatim.
    """

    n: int
    text: str
    resolution: Resolution
    by: str = ""
    article: str | None = None
    pmid: str | None = None
    doi: str | None = None
    title: str = ""
    year: int | None = None
    status: ArticleStatus = "ok"
    access: Access = "abstract"
    design: str = ""
    level: int | None = None
    participants: int | None = None
    reports: str = ""
    listed: bool = True
    hint: str = ""
    mismatch: str = ""
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One fault in words, with the statements and the entries that it concerns."""

    kind: FindingKind
    text: str
    statements: tuple[str, ...] = ()
    references: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditCounts:
    """How many statements there are, and how they stand; each is counted under one label or as uncited."""

    statements: int
    supported: int
    contradicted: int
    not_enough_info: int
    unscored: int
    uncited: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found when an answer written elsewhere was checked."""

    question: str
    statements: tuple[AuditedStatement, ...]
    references: tuple[AuditedReference, ...]
    findings: tuple[AuditFinding, ...]
    counts: AuditCounts
    sources: tuple[str, ...]
    made: str
    software: str
    checker: str
