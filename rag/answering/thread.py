"""A thread: what a follow-up means in it, which evidence it brings along, and that its numbers stay.

Every article that a thread cites has one number for as long as the thread lives; the numbers go on through
a change of topic, and none is given twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rag.answering.compose import Body
from rag.answering.condense import Condensed, condense
from rag.answering.explain import asks_why, explain
from rag.answering.gate import Checker
from rag.answering.restrict import NONE, Restriction, requested
from rag.answering.saved import Turn
from rag.answering.search import Gathered
from rag.errors import BadInput
from rag.records import Answer, Complete, Found, Notice, Question, Reference, SearchQuery

_NO_QUESTION = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?|thank you(?: very much)?|great|good|fine|hello|hi|hey|bye|goodbye|yes|no"
    r"|please|and|but|so|what|hm+)\W*)+$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Thread:
    """The turns of a conversation so far, oldest first, and the number of every article it ever cited."""

    id: str
    turns: tuple[Turn, ...]
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a question is to be answered; it is asked as a whole, whatever was typed.

    ``again`` are sources of earlier turns, to be read once more; ``told`` is the answer itself where the
    thread holds it and nothing needs to be searched. ``prompts`` are those that were sent to a model to read
    the question, which took ``tokens``.
    """

    question: Question
    restriction: Restriction = NONE
    again: tuple[Found, ...] = ()
    notices: tuple[Notice, ...] = ()
    told: Body | None = None
    tokens: int = 0
    prompts: tuple[str, ...] = ()


Follow = Callable[[str, Checker, Complete | None], Reading]
"""Reads a follow-up in its thread, with the claim checker and the language model of the question."""


def follow(
    asked: str,
    check: Checker,
    complete: Complete | None,
    thread: Thread,
    look_up: Callable[[str], Found | None],
) -> Reading:
    """Read a follow-up in its thread.

    Args:
        asked: the follow-up, free of identifying text.
        check: the claim checker, for "why [3]?".
        complete: a language model that words the question; None for rules alone.
        thread: at least one turn.
        look_up: finds an article of an earlier turn as it is stored now.

    Raises:
        BadInput: nothing is asked.
    """
    if _NO_QUESTION.match(asked):
        raise BadInput(
            "Nothing is asked. Ask a question, or say what to change, e.g. “what about in children?”"
        )
    answers = [one.answer for one in thread.turns]
    last = answers[-1]
    if (numbers := asks_why(asked, last)) is not None:
        return replace(_why(numbers, answers, look_up, check), restriction=_together(thread.turns[-1], None))
    topic = _topic(answers)
    wanted, rest = requested(asked, _newest(topic), datetime.now(UTC).year)
    if wanted is not None and not rest:
        told = "The question before is asked again; only the studies that are used change."
        condensed = Condensed(replace(last.question, assumptions=(told,)))
    else:
        condensed = condense(rest, last.question, complete)
    question = replace(condensed.question, asked=condensed.question.understood)
    prompts = ("condense",) if condensed.by_model else ()
    now = {article: found for article in thread.numbers if (found := look_up(article))}
    notices = _retracted_since(now, thread.numbers)
    if condensed.new_topic:
        notices += (Notice("new_topic", "New topic: no sources or limits are carried over. Numbers go on."),)
        return Reading(question, wanted or NONE, (), notices, None, condensed.tokens, prompts)
    cited = {one.article for answer in topic for one in answer.references}
    return Reading(
        question,
        _together(thread.turns[-1], wanted),
        tuple(found for article, found in now.items() if article in cited),
        notices,
        None,
        condensed.tokens,
        prompts,
    )


def extended(gathered: Gathered, again: Sequence[Found]) -> Gathered:
    """What was found with the sources of earlier turns that the search did not find again."""
    if not again:
        return gathered
    found = {one.article.id for one in gathered.found}
    more = tuple(one for one in again if one.article.id not in found)
    date = datetime.now(UTC).isoformat(timespec="seconds")
    query = SearchQuery("this thread", "sources of earlier answers on this topic", "", date, len(again))
    counts = gathered.search.counts
    counts = replace(
        counts,
        identified=counts.identified + len(again),
        deduplicated=counts.deduplicated + len(more),
        screened=counts.screened + len(more),
    )
    search = replace(gathered.search, queries=(*gathered.search.queries, query), counts=counts)
    return replace(gathered, found=(*gathered.found, *more), search=search)


def reused(again: Sequence[Found], references: Sequence[Reference]) -> tuple[Notice, ...]:
    """Say how many of the sources that are cited were cited before in the thread."""
    if not (again and references):
        return ()
    known = {one.article.id for one in again}
    old = sum(one.article in known for one in references)
    return (Notice("reused", f"Reusing {_sources(old)} of this thread, {len(references) - old} new."),)


def _sources(count: int) -> str:
    return f"{count} source{'' if count == 1 else 's'}"


def _why(
    numbers: tuple[int, ...],
    answers: Sequence[Answer],
    look_up: Callable[[str], Found | None],
    check: Checker,
) -> Reading:
    plain = [one for one in answers if all(each.kind != "explained" for each in one.notices)]
    found = {one.article: look_up(one.article) for answer in plain for one in answer.references}
    stored = {name: one.article for name, one in found.items() if one}
    explained, body = explain(numbers, plain, stored.get, check)
    question = replace((explained or answers[-1]).question, assumptions=())
    cited = {one.article for one in body.references}
    return Reading(
        question, again=tuple(one for name, one in found.items() if one and name in cited), told=body
    )


def _together(last: Turn, wanted: Restriction | None) -> Restriction:
    """The restriction of the turn before with what this turn adds to it; none if this turn lifts it."""
    before = requested(last.only_studies, None, 0)[0] or NONE
    if wanted is None:
        return before
    if wanted == NONE:
        return NONE
    return Restriction(
        wanted.kinds or before.kinds,
        wanted.since or before.since,
        wanted.until or before.until,
        wanted.languages or before.languages,
    )


def _topic(answers: Sequence[Answer]) -> Sequence[Answer]:
    """The answers since the topic last changed."""
    starts = [i for i, one in enumerate(answers) if any(each.kind == "new_topic" for each in one.notices)]
    return answers[starts[-1] :] if starts else answers


def _newest(answers: Sequence[Answer]) -> int | None:
    return max((one.year for each in answers for one in each.references if one.year), default=None)


def _retracted_since(now: Mapping[str, Found], numbers: Mapping[str, int]) -> tuple[Notice, ...]:
    """Only what was not retracted is ever cited: what is so now was retracted since."""
    text = (
        "Number {} of this thread ({}) was retracted after it was cited. Do not rely on answers that cite it."
    )
    return tuple(
        Notice(
            "retracted_since",
            text.format(numbers[name], f"PMID {pmid}" if (pmid := found.article.pmid) else name),
        )
        for name, found in now.items()
        if found.article.status == "retracted"
    )
