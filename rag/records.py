"""Every record that passes between the rooms, and the few Protocols behind which providers stand.

This module imports the standard library only. Records are frozen: a step returns new ones.
Words are used as in the glossary of CONTRIBUTING.md: an *article* is one PubMed record, a *passage*
the unit that is indexed and cited, a *statement* a sentence of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Label = Literal["SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO", "UNSCORED"]
"""Outcome of one claim check. ``UNSCORED``: the checker failed; it stands for none of the others."""

QuestionType = Literal["therapy", "harm", "diagnosis", "prognosis", "prevalence", "screening", "other"]
VerdictKind = Literal[
    "supported", "not_supported", "conflicting", "uncertain", "no_direct_evidence", "not_answerable"
]
CertaintyLevel = Literal["high", "moderate", "low", "very_low", "not_assessable"]
StatementSection = Literal["benefit", "harm", "alternatives", "applicability", "indirect", "background"]
EvidenceBody = Literal["randomised", "observational", "uncontrolled", "mechanism", "opinion", "none"]
ArticleStatus = Literal["ok", "retracted", "concern", "corrected", "preprint"]
Access = Literal["abstract", "full_text", "summary"]
Audience = Literal["clinician", "trainee", "plain"]
RemovalReason = Literal[
    "dangling_citation",
    "uncited",
    "unsupported",
    "contradicted",
    "number_not_in_source",
    "unit_not_in_source",
    "population_mismatch",
    "retracted_source",
    "injection",
    "malformed",
]

TITLE = "TITLE"
"""The section label of a quote taken from an article's title."""


# --- Text ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """The slice ``[start:end]`` of some text, with its words."""

    text: str
    start: int
    end: int


# --- Articles and passages ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """One labelled part of an abstract; ``label`` is empty where the source gives none."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Author:
    """One author: a person (``last``, ``initials``, ``fore``) or a group (``collective``)."""

    last: str = ""
    initials: str = ""
    fore: str = ""
    suffix: str = ""
    collective: str = ""


@dataclass(frozen=True, slots=True)
class MeshHeading:
    """One MeSH descriptor of a record; ``major`` if it or any of its qualifiers is starred."""

    descriptor: str
    major: bool = False
    qualifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of CommentsCorrections: ``kind`` is the DTD's RefType, e.g. ``RetractionIn``."""

    kind: str
    pmid: str | None = None
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One bibliographic record with its abstract, or with our own summary of it.

    ``id`` is the PMID, else ``doi:...``, else the imported id. ``date`` is the citation's date as in
    ``2002 Jul 25`` or MEDLINE's free form. ``notice`` is true for a record that *is* a notice about
    another article (a retraction notice, an erratum); it never supports a statement. ``version`` is that of
    the PMID, which a few journals raise when an article is revised.
    """

    id: str
    title: str
    sections: tuple[Section, ...] = ()
    pmid: str | None = None
    doi: str | None = None
    pmcid: str | None = None
    vernacular_title: str = ""
    authors: tuple[Author, ...] = ()
    journal: str = ""
    year: int | None = None
    date: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    languages: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[MeshHeading, ...] = ()
    keywords: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    status: ArticleStatus = "ok"
    access: Access = "abstract"
    notice: bool = False
    revised: str = ""
    participants: int | None = None
    version: int = 1

    @property
    def barred(self) -> str:
        """Why the article supports no statement, whatever it says; empty if it may."""
        if self.status == "retracted":
            return "retracted"
        return "a notice about another article" if self.notice else ""

    def section_text(self, index: int) -> str:
        """The stored text of section ``index``; -1 is the title."""
        return self.title if index == -1 else self.sections[index].text

    def section_label(self, index: int) -> str:
        """The stored label of section ``index``; -1 is the title."""
        return TITLE if index == -1 else self.sections[index].label


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be had or read; ``where`` is its place in its file, e.g. ``line 12``."""

    reason: str
    pmid: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A PMID that PubMed has withdrawn (DeleteCitation): its article is to be removed."""

    pmid: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice ``[start:end]`` of one section of one article, named by a hash of its content.

    ``section`` is the index of the section, -1 for the title; ``label`` is that section's label.
    """

    id: str
    article: str
    section: int
    label: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for one query; ``score`` is comparable only within that query."""

    passage: Passage
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Found:
    """One article with its passages that were found, best first, kept together."""

    article: Article
    hits: tuple[Hit, ...]
    score: float
    corpus: str


# --- The question -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pico:
    """Population, intervention, comparator and outcome as read from the question; empty if not named."""

    population: str = ""
    intervention: str = ""
    comparator: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Expansion:
    """An abbreviation of the question and the meaning chosen for it."""

    abbreviation: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that the reader must see beside the answer; ``kind`` names its cause."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what may identify a patient; ``found`` names the kinds replaced, one for each place."""

    text: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hazard:
    """A danger in a question and what the reader is told; if it ``stops``, nothing is searched."""

    kind: str
    text: str
    stops: bool


@dataclass(frozen=True, slots=True)
class Question:
    """The question as asked (redacted) and as understood."""

    asked: str
    understood: str
    type: QuestionType
    pico: Pico = Pico()
    expansions: tuple[Expansion, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """PubMed's reply to one query: PMIDs in order of relevance, at most as many as were asked for.

    ``count`` is how many articles match in all; ``translation`` is PubMed's own reading of the query;
    ``warnings`` are its remarks in its own words, e.g. ``PhraseNotFound: asprin``.
    """

    query: str
    translation: str
    count: int
    pmids: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One query as it was run; ``translation`` is the database's own reading of it."""

    database: str
    query: str
    translation: str
    date: str
    count: int


# --- Checking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One deterministic check; ``passed`` is None where it had nothing to look at."""

    name: str
    passed: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one claim against one passage.

    ``score`` is the calibrated probability of ``SUPPORT``; ``scores`` has one for every label but
    ``UNSCORED`` and sums to 1 (all are 0 where the verdict is ``UNSCORED``). ``rationale`` is the slice
    of the passage that decided (SciFact's word; Wadden et al. 2020).
    """

    label: Label
    score: float
    scores: dict[str, float]
    rationale: Span | None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict of a statement against one section of one article; rationale offsets are the section's."""

    section: int
    verdict: Verdict


# --- What is known of one article with regard to one question -----------------------------------


@dataclass(frozen=True, slots=True)
class Design:
    """Study design of one article, the reason for it, and its level for one type of question.

    ``name`` is a noun phrase for readers, one of those in ``answering/design.py`` (``randomised
    trial``, ``case report``); ``level`` is OCEBM 2011, None where the scale has none; ``basis`` says
    what the design was read from. ``body`` is the body of evidence that the design belongs to, strongest
    first: of its own, a protocol, an editorial or a notice has ``none``. ``review`` is true where the
    article pools the studies of others.
    """

    name: str
    basis: Literal["publication_type", "mesh", "text", "none"]
    reason: str
    level: int | None
    participants: int | None = None
    body: EvidenceBody = "observational"
    review: bool = False


@dataclass(frozen=True, slots=True)
class Screening:
    """Whether an article is about what was asked; ``because`` names each mismatch in words."""

    direct: bool
    because: tuple[str, ...] = ()
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Stance:
    """Which way one article points on a yes/no question, and the slice of a section that says so.

    ``supports`` and ``opposes`` are yes and no; ``inconclusive``: the article itself does not decide;
    ``silent``: it does not speak to the question. ``score`` is the probability of the direction.
    """

    direction: Literal["supports", "opposes", "inconclusive", "silent"]
    score: float
    section: int | None = None
    span: Span | None = None


# --- Writing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One article as offered to the writer under the number ``n``, with what is known of it."""

    n: int
    found: Found
    design: Design
    screening: Screening
    stance: Stance


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """A sentence of a draft without its markers, and the source numbers it cites; nothing is trusted yet.

    ``faults`` are markers that bind to nothing because they are malformed; ``certainty`` is the writer's
    own opinion of its sources; ours prevails.
    """

    section: StatementSection
    text: str
    numbers: tuple[int, ...]
    faults: tuple[str, ...] = ()
    certainty: CertaintyLevel | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer returns: statements, and the verdict it proposes if it proposes one."""

    statements: tuple[DraftStatement, ...]
    verdict: DraftStatement | None
    kind: VerdictKind | None
    tokens: int = 0


# --- The answer record, field by field as in the contract ---------------------------------------


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """The sentence a reader acts on, the direction of the direct evidence, and what it cites."""

    kind: VerdictKind
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of certainty: what it changed, why, and the words it was read from."""

    name: str
    status: Literal["rated", "not_assessable", "reported_by_source"]
    change: int
    reason: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class BestLevel:
    """The best OCEBM 2011 level among the supporting sources."""

    scale: str = "OCEBM 2011"
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Certainty:
    """Provisional certainty of the body of evidence behind the verdict."""

    level: CertaintyLevel
    scale: str = "GRADE-like, provisional"
    domains: tuple[Domain, ...] = ()
    best_level: BestLevel = BestLevel()
    direct: bool | None = None
    studies: int = 0
    participants: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker bound to a verbatim quote of one article, with the verdict of the check."""

    n: int
    article: str
    pmid: str | None
    passage_id: str
    quote: str
    start: int
    end: int
    source_section: str
    verdict: Label
    score: float
    direct: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer that passed its check."""

    id: str
    section: StatementSection
    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """A sentence that was not shown as part of the answer, and why."""

    text: str
    reason: RemovalReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """One numbered entry of the reference list."""

    n: int
    article: str
    pmid: str | None
    doi: str | None
    url: str | None
    vancouver: str
    title: str
    authors: tuple[str, ...]
    journal: str
    year: int | None
    publication_types: tuple[str, ...]
    design: str
    level: int | None
    n_participants: int | None
    status: ArticleStatus
    access: Access


@dataclass(frozen=True, slots=True)
class Dissent:
    """The quote of a source that points the other way."""

    n: int
    quote: str
    direction: str


@dataclass(frozen=True, slots=True)
class SearchedCorpus:
    """A corpus that was searched, as it was then."""

    name: str
    fingerprint: str
    articles: int
    built: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many articles each step of the search kept."""

    identified: int = 0
    deduplicated: int = 0
    screened: int = 0
    excluded: int = 0
    cited: int = 0


@dataclass(frozen=True, slots=True)
class Excluded:
    """An article that was found and not used, and why."""

    pmid: str
    reason: str


@dataclass(frozen=True, slots=True)
class Search:
    """How the evidence was searched, complete enough to run it again."""

    mode: Literal["local", "live"]
    corpora: tuple[SearchedCorpus, ...] = ()
    queries: tuple[SearchQuery, ...] = ()
    counts: Counts = Counts()
    excluded: tuple[Excluded, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A person's review of an answer."""

    status: Literal["under-review", "approved", "rejected"]
    by: str
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class Status:
    """When and with what an answer was made."""

    generated: str
    searched: str
    reviewed: Review | None
    software: str
    llm: str | None
    prompts: dict[str, str]
    settings: str
    seconds: dict[str, float]
    tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer; every output form shows this and nothing else."""

    id: str
    thread: str | None
    audience: Audience
    question: Question
    verdict: VerdictLine
    certainty: Certainty
    statements: tuple[Statement, ...]
    removed: tuple[Removed, ...]
    references: tuple[Reference, ...]
    dissent: tuple[Dissent, ...]
    not_found: tuple[str, ...]
    notices: tuple[Notice, ...]
    followups: tuple[str, ...]
    search: Search
    status: Status


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of the route that began; ``detail`` is for a person to read."""

    stage: str
    detail: str = ""
    numbers: dict[str, int] = field(default_factory=dict)


# --- Seams --------------------------------------------------------------------------------------


class Complete(Protocol):
    """A language model: a prompt in, its raw reply out."""

    @property
    def name(self) -> str:
        """What the answer's status calls it."""
        ...

    def __call__(self, prompt: str) -> Reply:
        """Complete ``prompt``. Raises LLMUnavailable when no reply can be had in time."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """A language model's raw words and what they cost."""

    text: str
    tokens: int = 0


class Embed(Protocol):
    """An embedder: texts in, one unit vector of ``dimension`` floats each out."""

    name: str
    dimension: int

    def documents(self, texts: Sequence[str]) -> Any:
        """Embed texts to be searched. Returns a float32 array of shape (n, dimension), rows of norm 1."""
        ...

    def query(self, text: str) -> Any:
        """Embed one query. Returns a float32 array of shape (dimension,), norm 1."""
        ...


class Entail(Protocol):
    """An entailment model: (premise, hypothesis) pairs in, probabilities of the three labels out."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def reads_checks(self) -> bool:
        """Whether the checks of figures, negation and the like are among what it reads.

        Of such a model most failed checks have lowered the score already; of any other the claim check
        lowers it.
        """
        ...

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """Score each (premise, hypothesis) pair.

        Returns:
            For each pair the probabilities of SUPPORT, CONTRADICT and NOT_ENOUGH_INFO (sum 1), or None
            where the model failed on that pair.
        """
        ...


Retrieve = Callable[[str, int], list[Found]]
"""A retriever: (query, number of articles) -> the articles found, best first."""

Route = Iterator["Progress | Answer"]
"""What the pipeline yields: progress, and at the end exactly one answer."""
