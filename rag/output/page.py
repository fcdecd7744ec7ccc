"""The answer page in words: what every form for people shows, in its order, made once.

The forms lay this out and escape it for their medium; none adds a sentence of its own. Every string here
is one line without characters that a reader cannot see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.output.references import doi_url, pubmed_url
from rag.records import (
    TITLE,
    Answer,
    ArticleStatus,
    Certainty,
    Citation,
    Dissent,
    Domain,
    Question,
    Reference,
    Removed,
    Search,
    Statement,
    Status,
)
from rag.text.injection import visible
from rag.text.markers import strip_markers
from rag.text.pico import is_polar

USE_NOTICE = "For health professionals; not for emergencies; not an order for one patient."
MADE_BY = "Written by a program. Provisional."
NOT_SYSTEMATIC = "This was a rapid search, not a systematic review."
NOT_SEARCHED = "Nothing was searched for this answer."

VERDICTS = {
    "supported": "Supported",
    "not_supported": "Not supported",
    "conflicting": "Conflicting evidence",
    "uncertain": "Uncertain",
    "no_direct_evidence": "No direct evidence",
    "not_answerable": "Not answerable here",
}
EVIDENCE = "Direct evidence"
"""What a supported verdict is called where the question is not one of yes or no."""
LEVELS = {
    "high": "High",
    "moderate": "Moderate",
    "low": "Low",
    "very_low": "Very low",
    "not_assessable": "Not assessable",
}
MEANINGS = {
    "high": "The true effect is very likely close to what the sources show.",
    "moderate": "The true effect is probably close to what the sources show.",
    "low": "The true effect may be substantially different from what the sources show.",
    "very_low": "The evidence is very uncertain.",
    "not_assessable": "What was read does not allow a judgement.",
}
TYPES = {
    "therapy": "Therapy",
    "harm": "Harm",
    "diagnosis": "Diagnosis",
    "prognosis": "Prognosis",
    "prevalence": "Prevalence",
    "screening": "Screening",
    "other": "Other",
}
SECTIONS = {
    "benefit": "Benefit",
    "harm": "Harm",
    "alternatives": "Alternatives",
    "applicability": "Who this applies to",
    "background": "Background",
    "indirect": "Indirect evidence",
}
INDIRECT_NOTE = "These sources did not study exactly what was asked. They do not carry the answer."
EXPLANATIONS = ("reason", "definition")
"""Kinds of notices that explain and do not limit: reasons of the grade, and words."""
EXPLAINED = "Reasons and words explained"
CHECKS = {
    "SUPPORT": "supported",
    "CONTRADICT": "contradicted",
    "NOT_ENOUGH_INFO": "not supported by this source",
    "UNSCORED": "not checked",
}
JUDGEMENTS = {
    "rated": "rated",
    "not_assessable": "not assessable",
    "reported_by_source": "reported by the source",
}
DIRECTIONS = {
    "supports": "Points towards yes",
    "opposes": "Points towards no",
    "inconclusive": "Does not decide",
}
ACCESS = {"abstract": "abstract only", "full_text": "full text", "summary": "our summary"}
NOTICES_OF_STATUS: dict[ArticleStatus, str] = {
    "ok": "",
    "retracted": "RETRACTED",
    "concern": "EXPRESSION OF CONCERN",
    "corrected": "corrected since it was published",
    "preprint": "PREPRINT, not peer reviewed",
}
REASONS = {
    "dangling_citation": "It cites a source number that does not exist.",
    "uncited": "It cites no source.",
    "unsupported": "The source does not say this.",
    "contradicted": "A source says the opposite.",
    "number_not_in_source": "A figure in it is not in the source.",
    "unit_not_in_source": "A unit in it is not in the source.",
    "population_mismatch": "The source is about other people or another disease.",
    "retracted_source": "The source was retracted.",
    "injection": "It carries text meant to steer the program.",
    "malformed": "It cannot be shown as it stands.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A value under a label; the label may be empty."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The words that a citation rests on.

    ``lead`` says whose they are and where they stand. ``words`` is empty where the statement already
    quotes them. ``ours``: they are our summary, never to be put in quotation marks.
    """

    n: int
    lead: str
    words: str
    ours: bool
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, its text still with markers, and what it rests on."""

    id: str
    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The statements of one section."""

    heading: str
    note: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One domain of certainty: what it changed, in words, and why."""

    name: str
    judgement: str
    reason: str
    quote: str


@dataclass(frozen=True, slots=True)
class Query:
    """One search as it was run."""

    query: str
    facts: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the reference list; the addresses are built from PMID and DOI only.

    ``notice`` says what a reader must know of the article before anything else.
    """

    n: int
    vancouver: str
    notice: str
    badges: tuple[str, ...]
    pubmed: str | None
    doi: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The answer page in the order in which it is read."""

    question: str
    reading: tuple[Row, ...]
    verdict_kind: str
    verdict: str
    level: str
    meaning: str
    certainty: tuple[Row, ...]
    domains: tuple[DomainRow, ...]
    limits: tuple[str, ...]
    explained: tuple[str, ...]
    groups: tuple[Group, ...]
    dissent: tuple[Quote, ...]
    indirect: Group | None
    not_found: tuple[str, ...]
    method: str
    search: tuple[Row, ...]
    queries: tuple[Query, ...]
    excluded: tuple[Row, ...]
    references: tuple[Entry, ...]
    removed: tuple[Row, ...]
    status: tuple[Row, ...]
    followups: tuple[str, ...]


def page(answer: Answer) -> Page:
    """Put an answer into words, in the order of the page."""
    ours = {one.n for one in answer.references if one.access == "summary"}
    groups = {section: _group(section, answer.statements, answer.references) for section in _order(answer)}
    indirect = groups.pop("indirect", None)
    return Page(
        question=line(answer.question.understood or answer.question.asked),
        reading=_reading(answer.question),
        verdict_kind=_verdict(answer),
        verdict=line(answer.verdict.text),
        level=LEVELS[answer.certainty.level],
        meaning=MEANINGS[answer.certainty.level],
        certainty=_certainty(answer),
        domains=tuple(_domain(one) for one in answer.certainty.domains),
        limits=_lines(one.text for one in answer.notices if one.kind not in EXPLANATIONS),
        explained=_lines(one.text for one in answer.notices if one.kind in EXPLANATIONS),
        groups=tuple(groups.values()),
        dissent=tuple(_dissent(one, ours) for one in answer.dissent),
        indirect=indirect,
        not_found=_lines(answer.not_found),
        method=NOT_SYSTEMATIC if _searched(answer.search) else NOT_SEARCHED,
        search=_search(answer.search),
        queries=_queries(answer.search),
        excluded=_rows((one.pmid, one.reason) for one in answer.search.excluded),
        references=tuple(_entry(one) for one in answer.references),
        removed=tuple(_removed(one) for one in answer.removed),
        status=_status(answer),
        followups=_lines(answer.followups),
    )


def line(text: str) -> str:
    """One line of what a reader can see: no controls, hidden characters or line breaks."""
    shown = visible(" ".join(text.split()))
    return " ".join(shown.encode("utf-8", "replace").decode("utf-8").split())


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(shown for text in texts if (shown := line(text)))


def _rows(pairs: Iterable[tuple[str, object]]) -> tuple[Row, ...]:
    """The pairs that have a value."""
    return tuple(Row(line(label), shown) for label, value in pairs if (shown := line(_value(value))))


def _value(value: object) -> str:
    if value is None or value == "":
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _order(answer: Answer) -> list[str]:
    return list(dict.fromkeys(one.section for one in answer.statements))


def _reading(question: Question) -> tuple[Row, ...]:
    pico = question.pico
    asked = question.asked if line(question.understood) not in ("", line(question.asked)) else ""
    return _rows(
        [
            ("As asked", asked),
            ("Type", TYPES[question.type]),
            ("Population", pico.population),
            ("Intervention", pico.intervention),
            ("Comparator", pico.comparator),
            ("Outcome", pico.outcome),
            *((one.abbreviation, f"read as {one.meaning}") for one in question.expansions),
            *(("Assumed", one) for one in question.assumptions),
        ]
    )


def _certainty(answer: Answer) -> tuple[Row, ...]:
    certainty, best = answer.certainty, answer.certainty.best_level
    if not answer.statements and not certainty.studies:
        return _rows([("Scale", certainty.scale)])
    shown = len(answer.statements)
    supported = sum(any(each.verdict == "SUPPORT" for each in one.citations) for one in answer.statements)
    checked = f"{supported} of {shown} shown are supported by their quotes; {len(answer.removed)} not shown"
    return _rows(
        [
            ("Scale", certainty.scale),
            ("Best source", f"level {best.level} of 5 ({best.scale})" if best.level else "no level assigned"),
            ("Directness", _directness(certainty)),
            ("Studies", certainty.studies),
            ("Participants", (certainty.participants or "not stated") if certainty.studies else ""),
            ("Statements", checked if shown or answer.removed else ""),
        ]
    )


def _directness(certainty: Certainty) -> str:
    if certainty.direct is None:
        return "not judged"
    return "direct (they studied what was asked)" if certainty.direct else "indirect only"


def _domain(domain: Domain) -> DomainRow:
    change = f"{domain.change:+d}".replace("-", "\u2212") if domain.change else "no change"
    judged = JUDGEMENTS[domain.status]
    return DomainRow(
        line(domain.name),
        f"{judged}, {change}" if domain.status != "not_assessable" or domain.change else judged,
        line(domain.reason),
        line(domain.quote),
    )


def _group(section: str, statements: Sequence[Statement], references: Sequence[Reference]) -> Group:
    listed = {one.n: one for one in references}
    claims = tuple(
        Claim(
            line(one.id),
            line(one.text),
            tuple(_quote(one, each, listed.get(each.n)) for each in one.citations),
        )
        for one in statements
        if one.section == section
    )
    return Group(SECTIONS[section], INDIRECT_NOTE if section == "indirect" else "", claims)


def _how_sure(citation: Citation, verbatim: bool) -> str:
    """A verbatim quotation needs no model, and so has no probability to show."""
    if verbatim:
        return ", word for word"
    return "" if citation.verdict == "UNSCORED" else f" (probability {citation.score:.0%})"


def _quote(statement: Statement, citation: Citation, entry: Reference | None) -> Quote:
    ours = entry is not None and entry.access == "summary"
    words, text = line(citation.quote), line(strip_markers(statement.text))
    place = "Title" if citation.source_section == TITLE else line(citation.source_section) or "Abstract"
    lead = f"Our summary, {place}" if ours else f"Quoted from {place}"
    marks = [
        CHECKS[citation.verdict] + _how_sure(citation, words in text),
        "" if citation.direct else "indirect",
        entry.design if entry else "",
        f"n = {entry.n_participants:,}" if entry and entry.n_participants else "",
        *citation.notes,
    ]
    return Quote(
        citation.n,
        f"{lead}, characters {citation.start}\u2013{citation.end}",
        "" if words in text else words,
        ours,
        _lines(marks),
    )


def _dissent(dissent: Dissent, ours: set[int]) -> Quote:
    direction = DIRECTIONS.get(dissent.direction, line(dissent.direction))
    mine = dissent.n in ours
    return Quote(dissent.n, f"{direction}. Our summary" if mine else direction, line(dissent.quote), mine, ())


def _searched(search: Search) -> bool:
    return bool(search.queries or search.corpora or search.failed)


def _search(search: Search) -> tuple[Row, ...]:
    if not _searched(search):
        return ()
    counts = search.counts
    flow = (
        f"{counts.identified:,} found, {counts.deduplicated:,} after duplicates were removed, "
        f"{counts.screened:,} screened, {counts.excluded:,} excluded, {counts.cited:,} cited"
    )
    return _rows(
        [
            (
                "Where",
                "PubMed, live" if search.mode == "live" else "stored corpora, on this machine",
            ),
            *(
                (
                    f"Corpus {one.name}",
                    f"{one.articles:,} articles, built {one.built or 'at an unknown date'}, "
                    f"fingerprint {one.fingerprint or 'unknown'}",
                )
                for one in search.corpora
            ),
            ("Articles", flow),
            *(("Failed", one) for one in search.failed),
        ]
    )


def _queries(search: Search) -> tuple[Query, ...]:
    return tuple(
        Query(
            line(one.query),
            _rows(
                [
                    ("Database", one.database),
                    ("Read by it as", one.translation),
                    ("Date", one.date),
                    ("Matches", one.count),
                ]
            ),
        )
        for one in search.queries
    )


def _entry(reference: Reference) -> Entry:
    badges = [
        reference.design,
        f"level {reference.level}" if reference.level else "",
        f"n = {reference.n_participants:,}" if reference.n_participants else "",
        ACCESS[reference.access],
    ]
    return Entry(
        reference.n,
        line(reference.vancouver),
        NOTICES_OF_STATUS[reference.status],
        _lines(badges),
        pubmed_url(reference.pmid),
        doi_url(reference.doi),
    )


def _removed(removed: Removed) -> Row:
    return Row(line(removed.text), line(f"{REASONS[removed.reason]} {removed.detail}"))


def _status(answer: Answer) -> tuple[Row, ...]:
    status = answer.status
    return _rows(
        [
            ("Made", MADE_BY),
            ("Review", _review(status)),
            ("Searched", status.searched),
            ("Written", status.generated),
            ("Answer", answer.id),
            ("Thread", answer.thread),
            ("Written for", answer.audience),
            ("Software", status.software),
            ("Language model", status.llm or "none: the sources are quoted"),
            ("Prompts", ", ".join(f"{name} {version}" for name, version in status.prompts.items())),
            ("Settings", status.settings),
            ("Seconds", ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in status.seconds.items())),
            ("Tokens", status.tokens or ""),
        ]
    )


def _review(status: Status) -> str:
    review = status.reviewed
    if review is None:
        return "not reviewed by a person"
    return f"{review.status.replace('-', ' ')} by {review.by} at {review.at}. {review.note}"


def _verdict(answer: Answer) -> str:
    open_question = answer.verdict.kind == "supported" and not is_polar(answer.question.understood)
    return EVIDENCE if open_question else VERDICTS[answer.verdict.kind]
