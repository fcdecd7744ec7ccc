"""The gate: a drafted statement comes out with citations that support it, or it comes out as removed.

A statement is tried against the sources it cites. One of them must support it; or, jointly, each part of it
(see ``claims``) must be supported by one of them, and each that is then cited supports a part. Where that is
not so the other sources are tried, and the statement is cited to the one that supports it best. Nothing is
repaired by deleting a marker from a statement that no source supports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answering.cite import bind
from rag.answering.claims import PART, jointly
from rag.answering.verify import quoted, supported
from rag.records import (
    Article,
    Check,
    Citation,
    DraftStatement,
    Finding,
    Passage,
    RemovalReason,
    Removed,
    Source,
    Statement,
    StatementSection,
    Verdict,
)
from rag.text.advice import advice
from rag.text.injection import orders, visible
from rag.text.secondhand import second_hand

Checker = Callable[[str, Article], tuple[Finding, ...]]
"""Checks a statement without markers against one article; the finding that supports it best comes first."""

LONGEST_STATEMENT = 1_000
ACCUSES_FROM = 0.8
"""Probability from which a source is said to state the opposite; below it, only that nothing supports."""
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]{0,200}>|javascript\s*:|https?://|www\.|!\[|\]\(", re.IGNORECASE)
_QUOTATION = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_CHECK_REASONS: dict[str, RemovalReason] = {
    "figures": "number_not_in_source",
    "units": "unit_not_in_source",
    "population": "population_mismatch",
}


def malformed(text: str) -> str | None:
    """Why a drafted sentence cannot be shown whatever its source says, or None."""
    if not re.search(r"[^\W\d_]{2,}", text):
        return "no words"
    if len(text) > LONGEST_STATEMENT:
        return f"longer than {LONGEST_STATEMENT} characters"
    markup = _MARKUP.search(text)
    return f"markup or a link: {markup[0][:40]}" if markup else None


def gate(
    item: DraftStatement,
    sources: Mapping[int, Source],
    check: Checker,
    passages: Callable[[Article], Sequence[Passage]],
) -> Statement | Removed:
    """Let a drafted statement pass with citations that support it, or remove it with the reason.

    Args:
        item: the drafted statement; its numbers may be wrong.
        sources: what may be cited, by number.
        check: the claim checker.
        passages: cuts an article into its passages, so that a citation can name the one it quotes.

    Returns:
        The statement without markers and without a name, its citations numbered as ``sources`` is; or
        why it was removed.
    """
    clean = visible(item.text).strip()
    if orders(clean):
        return Removed(_shown(clean), "injection", "The sentence gives orders to a language model.")
    problem = malformed(clean)
    if problem:
        return Removed(_shown(clean), "malformed", problem)
    if quoted(clean) == clean and (words := advice(clean)):
        return Removed(_shown(clean), "malformed", f"It tells a reader what to do: {words}")
    known, unknown = bind(item.numbers, sources)
    cited = [sources[n] for n in known]
    tried = [_Bearing(one, _try(clean, one, check)) for one in cited]
    bearing = [one for one in tried if one.supports] or _jointly(clean, cited, check)
    notes: tuple[str, ...] = ()
    if bearing:
        lost = [n for n in item.numbers if n not in {one.source.n for one in bearing}]
        if lost:
            notes = (f"The writer also cited {_named(lost, sources)}, which does not state this.",)
    else:
        others = [_Bearing(sources[n], _try(clean, sources[n], check)) for n in sources if n not in known]
        best = max((one for one in others if one.supports), key=lambda one: one.score, default=None)
        if best is None:
            return _removed(clean, tried, unknown, item.faults)
        bearing = [best]
        notes = (f"Cited here by the check; the writer cited {_named(item.numbers, sources)}.",)
    citations = _once(citation for one in bearing for citation in _citations(one, passages, notes))
    return Statement("", _section(item.section, [one.source for one in bearing]), clean, citations)


@dataclass(frozen=True, slots=True)
class _Bearing:
    """What the check found in a source for a statement, or for a ``part`` of it."""

    source: Source
    findings: tuple[Finding, ...]
    part: str = ""

    @property
    def supports(self) -> bool:
        return supported(self.findings)

    @property
    def score(self) -> float:
        return self.findings[0].verdict.score


def _jointly(text: str, sources: Sequence[Source], check: Checker) -> list[_Bearing]:
    """For each part of a statement the sources that support it; nothing if one part has none."""

    def bears(part: str, source: Source) -> _Bearing | None:
        tried = _Bearing(source, _try(part, source, check), part)
        return tried if tried.supports else None

    return jointly(text, sources, bears)


def _try(text: str, source: Source, check: Checker) -> tuple[Finding, ...]:
    """What the check finds in a source, unless the sentence already misrepresents whose words they are."""
    problem = _misattributed(text, source)
    if problem is None:
        return check(text, source.found.article)
    scores = {"SUPPORT": 0.0, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 1.0}
    failed = Check("attribution", False, problem)
    return (Finding(-1, Verdict("NOT_ENOUGH_INFO", 0.0, scores, None, (failed,))),)


def _misattributed(text: str, source: Source) -> str | None:
    """Why the words of a sentence are not the source's as it tells them, or None.

    A lead-in names the design of the source; what stands in quotation marks stands so in the article; and our
    summary of an article is never told as its words.
    """
    article, name = source.found.article, re.escape(source.design.name)
    told = quoted(text)
    if told != text:
        ours = article.access == "summary"
        lead = f"Our summary of an? {name}: " if ours else f'In (?:an?|one|the) {name}: ["“]'
        if not re.fullmatch(lead, text[: text.index(told)]):
            return f"the source is not what the lead-in says, but: {source.design.name}, {article.access}"
    whole = [article.section_text(i) for i in range(-1, len(article.sections))]
    for words in _QUOTATION.findall(text):
        if not any(words.strip() in one for one in whole):
            return f"not the words of the source: {words[:60]}"
    return None


def _citations(
    bearing: _Bearing, passages: Callable[[Article], Sequence[Passage]], notes: tuple[str, ...]
) -> Iterable[Citation]:
    source, article = bearing.source, bearing.source.found.article
    part = (f"{PART}{bearing.part}",) if bearing.part else ()
    cut = passages(article)
    for finding in bearing.findings:
        span = finding.verdict.rationale
        if finding.verdict.label != "SUPPORT" or span is None:
            continue
        holding = [
            one
            for one in cut
            if one.section == finding.section and one.start < span.end and span.start < one.end
        ]
        others = second_hand(span.text)
        told = (f"Second-hand: the source tells here of others' work (“{others}”).",) if others else ()
        yield Citation(
            n=source.n,
            article=article.id,
            pmid=article.pmid,
            passage_id=holding[0].id if holding else "",
            quote=span.text,
            start=span.start,
            end=span.end,
            source_section=article.section_label(finding.section),
            verdict=finding.verdict.label,
            score=round(finding.verdict.score, 4),
            direct=source.screening.direct,
            notes=(*part, *notes, *told, *source.screening.because),
        )


def _once(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Each quote once, with the notes of all its citations: one sentence may state two parts."""
    kept: dict[tuple[str, str, int, int], Citation] = {}
    for one in citations:
        first = kept.setdefault((one.article, one.source_section, one.start, one.end), one)
        notes = tuple(dict.fromkeys((*first.notes, *one.notes)))
        kept[one.article, one.source_section, one.start, one.end] = replace(first, notes=notes)
    return tuple(kept.values())


def _section(section: StatementSection, sources: Sequence[Source]) -> StatementSection:
    """A statement that rests on indirect sources alone is fenced off, whatever the writer called it."""
    if any(source.screening.direct for source in sources) or section in ("alternatives", "indirect"):
        return section
    return "indirect"


def _removed(text: str, tried: Sequence[_Bearing], unknown: Sequence[int], faults: Sequence[str]) -> Removed:
    verdicts = [one.findings[0].verdict for one in tried if one.findings]
    nearest = max(verdicts, key=lambda verdict: verdict.score, default=None)
    if nearest is not None:
        cited = _named((one.source.n for one in tried), {one.source.n: one.source for one in tried})
        return Removed(_shown(text), _reason(nearest), f"Cited {cited}; {_why(nearest)}")
    if unknown or faults:
        dangling = ", ".join((*((_list(unknown),) if unknown else ()), *faults))
        return Removed(
            _shown(text), "dangling_citation", f"Cites {dangling}: no source. No other source states it."
        )
    return Removed(_shown(text), "uncited", "No source is cited, and none of the sources states it.")


def _reason(verdict: Verdict) -> RemovalReason:
    failed = [check.name for check in verdict.checks if check.passed is False]
    for name in failed:
        if name in _CHECK_REASONS:
            return _CHECK_REASONS[name]
    opposed = verdict.label == "CONTRADICT" and verdict.scores["CONTRADICT"] >= ACCUSES_FROM
    return "contradicted" if opposed else "unsupported"


def _why(verdict: Verdict) -> str:
    failed = [check.detail for check in verdict.checks if check.passed is False and check.detail]
    if failed:
        return "; ".join(failed)[:300]
    return f"the check gave it a probability of {verdict.score:.2f}, too low to show."


def _named(numbers: Iterable[int], sources: Mapping[int, Source]) -> str:
    """The sources of a draft by name: its numbers are not those that the reader sees."""
    articles = [sources[n].found.article for n in dict.fromkeys(numbers) if n in sources]
    names = [f"PMID {one.pmid}" if one.pmid else one.id for one in articles]
    return ", ".join(names[:8]) or "no source"


def _list(numbers: Iterable[int]) -> str:
    shown = ", ".join(f"[{n}]" for n in list(numbers)[:8])
    return shown or "no source"


def _shown(text: str) -> str:
    return text if len(text) <= 400 else text[:400].rstrip() + " …"
