"""Asking in a thread: each turn is answered on its own route, saved, and keeps the numbers of the thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from rag.answering.desk import Desk
from rag.answering.gate import Checker
from rag.answering.pipeline import answer
from rag.answering.restrict import NONE, requested
from rag.answering.saved import Saved, Turn
from rag.answering.standing import as_it_stands
from rag.answering.thread import Reading, Thread, follow
from rag.errors import BadInput
from rag.library.retractions import precedence
from rag.records import Answer, Article, Complete, Found, Progress, SearchedCorpus

_NEVER_SAVED = frozenset({"crisis", "emergency", "unsafe", "outside_medicine"})
"""Hazards that stop a question before it is read; what was asked is then kept nowhere."""


def ask(
    desk: Desk,
    saved: Saved,
    text: str,
    progress: Callable[[Progress], None] = lambda step: None,
    *,
    thread: str | None = None,
    corpora: Sequence[str] = (),
    live: bool = False,
    **options: Any,
) -> Answer:
    """Answer a question, as the next turn of a thread or as the first of a new one, and save the answer.

    Args:
        desk: settings, models and corpora.
        saved: where answers are saved.
        text: the question as typed.
        progress: told each step as it begins.
        thread: id of the thread, or its beginning, or ``last``; None begins one.
        corpora: corpora to search; a follow-up searches those of the turn before if none is named.
        live: search PubMed as well, or alone where no corpus is named and the thread has none.
        **options: others of the route.

    Returns:
        The answer; its thread is named by the id of its first answer. A question that a hazard stops is not
        saved and has none.

    Raises:
        BadInput: there is no such thread, or nothing is asked.
        SavedError: the answer cannot be saved.
    """
    saved.ready()  # else the answer would be lost after it was made
    read: list[Reading] = []
    name = saved.thread_id(thread) if thread else None
    if name:
        so_far = Thread(name, saved.turns(name), saved.numbers(name))
        searched = [one.answer for one in so_far.turns if one.answer.search.corpora]

        def in_thread(asked: str, check: Checker, complete: Complete | None) -> Reading:
            look_up = partial(stored, desk, corpora_of(desk, searched))
            read.append(follow(asked, check, complete, so_far, look_up))
            return read[0]

        options |= {"numbers": so_far.numbers, "follow": in_thread}
        corpora = corpora or ([] if live else corpora_of(desk, searched[-1:]))
    made = answer(desk, text, progress, corpora=corpora, live=live, **options)
    if any(one.kind in _NEVER_SAVED for one in made.notices):
        return made
    made = replace(made, thread=name or made.id)
    saved.put(Turn(made, str(read[0].restriction if read else NONE)))
    return made


def again(desk: Desk, turn: Turn, progress: Callable[[Progress], None], live: bool = False) -> Answer:
    """Answer a saved question anew from the corpora as they are now; nothing is saved.

    Raises:
        BadInput: nothing was searched for it, or its corpora are gone.
    """
    old = turn.answer
    corpora = corpora_of(desk, [old])
    if not corpora and not live:
        raise BadInput("Nothing was searched for this answer, or its corpora are not here any more.")
    question = replace(old.question, asked=old.question.understood)
    cited = tuple(found for one in old.references if (found := stored(desk, corpora, one.article)))
    whole = Reading(question, requested(turn.only_studies, None, 0)[0] or NONE, cited)
    return answer(
        desk,
        old.question.asked,
        progress,
        corpora=corpora,
        live=live,
        redacted=True,
        audience=old.audience,
        follow=None if old.id == old.thread else lambda *_: whole,
    )


def reopened(desk: Desk, saved: Saved, old: Answer) -> Answer:
    """A saved answer as it stands now: without what rests on articles that were retracted since."""
    return as_it_stands(old, finder(desk, saved, old))


def finder(desk: Desk, saved: Saved, *answers: Answer) -> Callable[[str], Article | None]:
    """A function that finds an article, as it is stored now, in the corpora that answers searched.

    Those of other turns of their threads count too: an explanation searches none itself.
    """
    turns = [one.answer for each in answers for one in saved.turns(each.thread or each.id)]
    names = corpora_of(desk, [*turns, *answers])

    def look_up(article_id: str) -> Article | None:
        found = stored(desk, names, article_id)
        return found.article if found else None

    return look_up


def corpora_of(desk: Desk, answers: Sequence[Answer]) -> list[str]:
    """Names of the corpora that answers searched, newest answer first, as far as they are still there."""
    searched: list[SearchedCorpus] = [one for each in reversed(answers) for one in each.search.corpora]
    names = dict.fromkeys(one.name for one in searched)
    return [name for name in names if desk.has_corpus(name)]


def stored(desk: Desk, corpora: Sequence[str], article_id: str) -> Found | None:
    """An article as it is stored now; of several versions the one that takes precedence."""
    held = [
        Found(article, (), 0.0, name)
        for name in corpora
        if (article := desk.corpus(name).article(article_id)) is not None
    ]
    return max(held, key=lambda one: precedence(one.article), default=None)
