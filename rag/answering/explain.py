"""Why a number is cited, told from the record: its quotes, the checks that they passed, its design.

Nothing is searched and nothing is claimed anew: the statements are those that cited it, checked once more
against the article as it is stored now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.answering.claims import parts_of, stated
from rag.answering.compose import Body
from rag.answering.design import design
from rag.answering.gate import Checker
from rag.answering.verify import supported
from rag.records import (
    Answer,
    Article,
    Certainty,
    Citation,
    Notice,
    QuestionType,
    Statement,
    VerdictLine,
)
from rag.text.markers import add_markers, strip_markers

_NUMBER = r"\[?(?P<n>\d{1,3})\]?"
_WHY = re.compile(
    rf"^\W*(?:(?:and|but|so|ok(?:ay)?)\W+)*(?:why|explain|justify|(?:what|how) (?:is|does|about)|what's"
    rf"|tell me (?:more )?about)\b(?:\s+(?:is|did|do|does|you|the|cite|use|source|reference|citation|number"
    rf"|no\.?|study|article))*\s*{_NUMBER}(?:\s+(?:say|says|cited|used|listed|relevant|there|here|support|it|this"
    r"|that|to|for|about))*\W*$",
    re.I,
)
_WHY_AT_ALL = re.compile(r"^\W*(?:but )?(?:why|why is that|why so|why do you say (?:that|so|this))\W*$", re.I)


def asks_why(text: str, answer: Answer) -> tuple[int, ...] | None:
    """The numbers that a follow-up asks about: one, or those behind the last verdict; None if about none."""
    if found := _WHY.match(text):
        return (int(found["n"]),)
    if _WHY_AT_ALL.match(text) and answer.references:
        return answer.verdict.citations or tuple(one.n for one in answer.references)
    return None


def explain(
    numbers: Sequence[int],
    answers: Sequence[Answer],
    look_up: Callable[[str], Article | None],
    check: Checker,
) -> tuple[Answer | None, Body]:
    """Explain why sources are cited.

    Args:
        numbers: of the thread.
        answers: of the thread, oldest first; the newest that cites the first number is explained.
        look_up: finds an article as it is stored now.
        check: the claim checker.

    Returns:
        The answer that is explained, None if no answer cites the number, and what to say.
    """
    cites = (one for one in reversed(answers) if numbers[0] in {each.n for each in one.references})
    answer = next(cites, None)
    if answer is None:
        unknown = _nothing(f"No answer in this thread cites number {numbers[0]}.")
        return None, Body(unknown, Certainty("not_assessable"))
    entries = {one.n: one for one in answer.references if one.n in numbers}
    articles = {n: look_up(entry.article) for n, entry in entries.items()}
    told = [
        each
        for one in answer.statements
        if (each := _told(one, articles, check, answer.question.type)) is not None
    ]
    cited = {each.n for one in told for each in one.citations}
    about = f"Nothing was searched: this explains the answer to “{answer.question.understood}”"
    lost = [Notice("explained", _unsupported(n, articles[n])) for n in sorted(set(entries) - cited)]
    if not told:
        return answer, Body(_nothing(lost[0].text), Certainty("not_assessable"))
    references = tuple(
        replace(entry, status=found.status) if (found := articles[n]) else entry
        for n, entry in entries.items()
        if n in cited
    )
    return answer, Body(
        verdict=_verdict(told, {one.n: one.design for one in references}),
        certainty=answer.certainty,
        statements=tuple(replace(one, id=f"s{i}") for i, one in enumerate(told, start=1)),
        references=references,
        notices=(Notice("explained", about), *lost),
    )


def _told(
    statement: Statement, articles: Mapping[int, Article | None], check: Checker, kind: QuestionType
) -> Statement | None:
    """The statement as far as it rests on these articles; each citation says why it supports."""
    text = strip_markers(statement.text)
    citations: list[Citation] = []
    for one in statement.citations:
        article = articles.get(one.n)
        if article is None:
            continue
        checked = [check(part, article) for part in parts_of(one) or (text,)]
        supports = all(map(supported, checked))
        if article.barred or not supports or not _stands(one, article):
            continue
        passed = dict.fromkeys(
            each.name for (best, *_) in checked for each in best.verdict.checks if each.passed
        )
        read = design(article, kind)
        notes = (
            *one.notes,
            "studied the people and the treatment that were asked about" if one.direct else "",
            f"{read.name}: read from {read.reason}",
            f"checks passed: {', '.join(passed)}" if passed else "",
        )
        citations.append(replace(one, notes=tuple(filter(None, notes))))
    if not citations:
        return None
    left = " ".join(stated(text, citations))
    marked = add_markers(left, [one.n for one in citations])
    return replace(statement, text=marked, citations=tuple(citations))


def _stands(citation: Citation, article: Article) -> bool:
    """Whether the quote still stands where the record says."""
    return any(
        article.section_label(i) == citation.source_section
        and article.section_text(i)[citation.start : citation.end] == citation.quote
        for i in range(-1, len(article.sections))
    )


def _verdict(told: Sequence[Statement], designs: Mapping[int, str]) -> VerdictLine:
    """What the sources are; a claim about the evidence only where one of them is direct."""
    direct = sorted({each.n for one in told for each in one.citations if each.direct})
    if not direct:
        text = "This is indirect evidence: it is shown beside the answer and does not carry it."
        return VerdictLine("no_direct_evidence", text)
    names = " and ".join(dict.fromkeys(designs[n] for n in direct))
    text = f"What was asked was studied here ({names}). The words that support each statement are quoted."
    return VerdictLine("supported", add_markers(text, direct), tuple(direct))


def _unsupported(n: int, article: Article | None) -> str:
    if article is None:
        return f"Number {n} is not stored any more, so it cannot be checked."
    if article.status == "retracted":
        return f"Number {n} was retracted after it was cited; nothing rests on it now."
    return f"Number {n} as it is stored now does not support what cited it."


def _nothing(text: str) -> VerdictLine:
    return VerdictLine("not_answerable", text)
