"""The gate: a drafted statement comes out with citations that support it, or it comes out as removed.

A statement is tried against the sources it cites; where none of them supports it, against the others, and
is then cited to the one that does. Nothing is repaired by deleting a marker from a statement that
no source supports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from rag.answering.cite import bind
from rag.answering.verify import quoted
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
from rag.text.injection import orders, visible

Checker = Callable[[str, Article], tuple[Finding, ...]]
"""Checks a statement without markers against one article; the finding that supports it best comes first."""

LONGEST_STATEMENT = 1_000
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
    known, unknown = bind(item.numbers, sources)
    tried = {n: _try(clean, sources[n], check) for n in known}
    supporting = [n for n in known if _supports(tried[n])]
    notes: tuple[str, ...] = ()
    if supporting and len(supporting) < len(item.numbers):
        lost = [n for n in item.numbers if n not in supporting]
        notes = (f"The writer also cited {_list(lost)}, which does not state this.",)
    if not supporting:
        others = [n for n in sources if n not in known]
        tried |= {n: _try(clean, sources[n], check) for n in others}
        supporting = [n for n in others if _supports(tried[n])][:1]
        if not supporting:
            return _removed(clean, known, unknown, item.faults, tried)
        notes = (f"Cited here by the check; the writer cited {_list(item.numbers)}.",)
    citations = tuple(
        citation for n in supporting for citation in _citations(sources[n], tried[n], passages, notes)
    )
    section = _section(item.section, [sources[n] for n in supporting])
    return Statement("", section, clean, citations)


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


def _supports(findings: Sequence[Finding]) -> bool:
    return bool(findings) and findings[0].verdict.label == "SUPPORT"


def _citations(
    source: Source,
    findings: Sequence[Finding],
    passages: Callable[[Article], Sequence[Passage]],
    notes: tuple[str, ...],
) -> Iterable[Citation]:
    article = source.found.article
    cut = passages(article)
    for finding in findings:
        span = finding.verdict.rationale
        if finding.verdict.label != "SUPPORT" or span is None:
            continue
        holding = [
            one
            for one in cut
            if one.section == finding.section and one.start < span.end and span.start < one.end
        ]
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
            notes=(*notes, *source.screening.because),
        )


def _section(section: StatementSection, sources: Sequence[Source]) -> StatementSection:
    """A statement that rests on indirect sources alone is fenced off, whatever the writer called it."""
    if any(source.screening.direct for source in sources) or section in ("alternatives", "indirect"):
        return section
    return "indirect"


def _removed(
    text: str,
    known: Sequence[int],
    unknown: Sequence[int],
    faults: Sequence[str],
    tried: Mapping[int, Sequence[Finding]],
) -> Removed:
    verdicts = [tried[n][0].verdict for n in known if tried[n]]
    nearest = max(verdicts, key=lambda verdict: verdict.score, default=None)
    if nearest is not None:
        return Removed(_shown(text), _reason(nearest), f"Cited {_list(known)}; {_why(nearest)}")
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
    return "contradicted" if verdict.label == "CONTRADICT" else "unsupported"


def _why(verdict: Verdict) -> str:
    failed = [check.detail for check in verdict.checks if check.passed is False and check.detail]
    if failed:
        return "; ".join(failed)[:300]
    return f"the check gave it a probability of {verdict.score:.2f}, too low to show."


def _list(numbers: Iterable[int]) -> str:
    shown = ", ".join(f"[{n}]" for n in list(numbers)[:8])
    return shown or "no source"


def _shown(text: str) -> str:
    return text if len(text) <= 400 else text[:400].rstrip() + " …"
