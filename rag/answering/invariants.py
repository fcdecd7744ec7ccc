"""The promises that every answer keeps, whatever a language model returned; checked before it is shown.

The numbers are those of the contract's list of invariants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from rag.records import TITLE, Answer, Article, CertaintyLevel, Citation
from rag.text.markers import markers, strip_markers
from rag.text.quantities import unmatched

Lookup = Callable[[str], Article | None]
"""Finds the stored article of an id."""

NO_CLAIM = ("no_direct_evidence", "not_answerable")
"""Verdicts that make no claim about the evidence and so need no citation."""


def violations(
    answer: Answer,
    lookup: Lookup,
    too_strong: Callable[[str, CertaintyLevel], str | None],
    taken: Collection[int] = (),
) -> list[str]:
    """List every broken promise of an answer.

    Args:
        answer: the finished answer.
        lookup: finds the stored article of an id.
        too_strong: returns the words of a sentence that exceed a level of certainty, or None.
        taken: numbers that earlier turns of the thread gave; they may stand in any order.

    Returns:
        One line a violation; empty if every promise is kept.
    """
    return [
        *_numbers(answer, taken),
        *_quotes(answer, lookup),
        *_support(answer),
        *_retracted(answer, lookup),
        *_figures(answer),
        *_verbs(answer, too_strong),
        *_links(answer),
    ]


def _citations(answer: Answer) -> Iterator[tuple[str, Citation]]:
    for statement in answer.statements:
        for citation in statement.citations:
            yield statement.id, citation


def _numbers(answer: Answer, taken: Collection[int]) -> Iterator[str]:
    """1: every number is in the references, every reference is cited, numbers follow first use."""
    listed = {reference.n: reference.article for reference in answer.references}
    if len(listed) != len(answer.references) or len(set(listed.values())) != len(listed):
        yield "1: a number or an article stands twice in the references"
    used = [n for marker in markers(answer.verdict.text) for n in marker.numbers] + [
        *answer.verdict.citations
    ]
    for statement in answer.statements:
        shown = {n for marker in markers(statement.text) for n in marker.numbers}
        bound = {citation.n for citation in statement.citations}
        if shown != bound:
            yield f"1: {statement.id} shows {sorted(shown)} and cites {sorted(bound)}"
        used += sorted(shown | bound)
    used += [one.n for one in answer.dissent]
    for n in used:
        if n not in listed:
            yield f"1: [{n}] is not in the references"
    first_use = list(dict.fromkeys(used))
    if set(first_use) != set(listed):
        yield f"1: never cited: {sorted(set(listed) - set(first_use))}"
    new = [n for n in first_use if n not in taken]
    if new != sorted(new) or (new and taken and new[0] <= max(taken)):
        yield f"1: numbers do not follow first use: {first_use}"
    for name, citation in _citations(answer):
        if listed.get(citation.n) not in (None, citation.article):
            yield f"1: {name} [{citation.n}] is bound to another article than its reference"


def _quotes(answer: Answer, lookup: Lookup) -> Iterator[str]:
    """2: each quote is a verbatim slice of a stored section."""
    for name, citation in _citations(answer):
        article = lookup(citation.article)
        if article is None:
            yield f"2: {name} [{citation.n}] cites an article that is not stored"
            continue
        texts = (
            [article.title]
            if citation.source_section == TITLE
            else [one.text for one in article.sections if one.label == citation.source_section]
        )
        if not citation.quote or all(text[citation.start : citation.end] != citation.quote for text in texts):
            yield f"2: {name} [{citation.n}]: the quote is not in the stored text"


def _support(answer: Answer) -> Iterator[str]:
    """3: statements and verdict rest on a citation whose verdict is SUPPORT."""
    supported = {citation.n for _, citation in _citations(answer) if citation.verdict == "SUPPORT"}
    for statement in answer.statements:
        if not any(citation.verdict == "SUPPORT" for citation in statement.citations):
            yield f"3: {statement.id} has no supporting citation"
    verdict = answer.verdict
    if verdict.kind not in NO_CLAIM and not set(verdict.citations) & supported:
        yield "3: the verdict has no supporting citation"


def _retracted(answer: Answer, lookup: Lookup) -> Iterator[str]:
    """4: no retracted article and no notice supports a statement."""
    for name, citation in _citations(answer):
        article = lookup(citation.article)
        if article is not None and article.barred:
            yield f"4: {name} [{citation.n}] rests on a retracted article or a notice"


def _figures(answer: Answer) -> Iterator[str]:
    """5: every figure of a statement or of the verdict stands in a quote that it cites."""
    quotes_of: dict[int, list[str]] = {}
    for statement in answer.statements:
        quotes = [citation.quote for citation in statement.citations]
        for citation in statement.citations:
            quotes_of.setdefault(citation.n, []).append(citation.quote)
        for quantity in unmatched(strip_markers(statement.text), quotes):
            yield f"5: {statement.id}: {quantity.text} is in no quote that it cites"
    if answer.verdict.kind not in NO_CLAIM:
        quotes = [quote for n in answer.verdict.citations for quote in quotes_of.get(n, [])]
        for quantity in unmatched(strip_markers(answer.verdict.text), quotes):
            yield f"5: the verdict: {quantity.text} is in no quote that it cites"


def _verbs(answer: Answer, too_strong: Callable[[str, CertaintyLevel], str | None]) -> Iterator[str]:
    """6: the verb of the verdict does not exceed the certainty."""
    words = too_strong(strip_markers(answer.verdict.text), answer.certainty.level)
    if answer.verdict.kind not in NO_CLAIM and words:
        yield f'6: "{words}" exceeds {answer.certainty.level} certainty'


_PUBMED = re.compile(r"https://pubmed\.ncbi\.nlm\.nih\.gov/\d+/\Z")
_DOI = re.compile(r"https://doi\.org/10\.[^\s<>\"]+\Z")


def _links(answer: Answer) -> Iterator[str]:
    """7: links are built from PMID and DOI only."""
    for reference in answer.references:
        url = reference.url
        if url is not None and not _PUBMED.match(url) and not _DOI.match(url):
            yield f"7: reference {reference.n} has a link that is neither PubMed's nor a DOI's"
