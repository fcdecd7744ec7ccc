"""A saved answer as it stands now: what rests on an article that was retracted since is taken out of it.

Research goes on: an article may be retracted, corrected or doubted after an answer cited it (Committee on
Publication Ethics, Retraction Guidelines, 2019). Whoever opens the answer again is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.answering.claims import stated
from rag.records import (
    Answer,
    Article,
    ArticleStatus,
    Certainty,
    Excluded,
    Notice,
    Reference,
    Removed,
    Statement,
    VerdictLine,
)
from rag.text.markers import add_markers, strip_markers

_NOW = {
    "concern": "an expression of concern was published about it",
    "corrected": "a correction of it was published",
    "preprint": "it is a preprint",
    "ok": "it is as it was published",
    "retracted": "it was retracted",
}


def as_it_stands(answer: Answer, look_up: Callable[[str], Article | None]) -> Answer:
    """Check the standing of every reference of a saved answer and mark what changed.

    Args:
        answer: as it was saved.
        look_up: finds an article as it is stored now.

    Returns:
        The answer with a notice for each change. Nothing in it rests on a retracted article any more: such
        statements are among ``removed``, and a verdict is withdrawn for which one was weighed.
    """
    now = {one.article: article for one in answer.references if (article := look_up(one.article))}
    changes = [(one, now[one.article].status) for one in answer.references if one.article in now]
    changes = [(one, status) for one, status in changes if status != one.status]
    notices = [Notice("changed_since", _told(one, status)) for one, status in changes]
    lost = [one for one in answer.references if one.article not in now]
    if lost:
        names = ", ".join(str(one.n) for one in lost)
        notices.append(Notice("changed_since", f"Not stored any more, so not checked again: number {names}."))
    retracted = {one.n for one, status in changes if status == "retracted"}
    status_of = {one.article: status for one, status in changes}
    references = tuple(
        replace(one, status=status_of.get(one.article, one.status)) for one in answer.references
    )
    marked = replace(answer, references=references, notices=(*notices, *answer.notices))
    return _without(marked, retracted) if retracted else marked


def _told(reference: Reference, status: ArticleStatus) -> str:
    name = f"PMID {reference.pmid}" if reference.pmid else reference.article
    return f"Since this answer was made, number {reference.n} ({name}) changed: {_NOW[status]}."


def _without(answer: Answer, retracted: set[int]) -> Answer:
    """The answer without what rests on retracted articles."""
    kept = [(one, _still(one, retracted)) for one in answer.statements]
    statements = tuple(still for _, still in kept if still)
    removed = tuple(
        Removed(strip_markers(one.text), "retracted_source", "It rested on an article retracted since.")
        for one, still in kept
        if still is None
    )
    direct = {each.n for one in answer.statements for each in one.citations if each.direct}
    hit = bool({*answer.verdict.citations, *direct} & retracted)
    verdict, certainty = answer.verdict, answer.certainty
    if hit:
        text = "An article that was weighed for this verdict was retracted since: it is withdrawn. Ask again."
        verdict, certainty = VerdictLine("not_answerable", text), Certainty("not_assessable")
    cited = {each.n for one in statements for each in one.citations}
    out = [one for one in answer.references if one.n in retracted]
    counts = answer.search.counts
    return replace(
        answer,
        verdict=verdict,
        certainty=certainty,
        statements=statements,
        removed=(*answer.removed, *removed),
        references=tuple(one for one in answer.references if one.n in cited),
        dissent=tuple(one for one in answer.dissent if one.n in cited),
        search=replace(
            answer.search,
            excluded=(*answer.search.excluded, *(Excluded(one.article, "retracted since") for one in out)),
            counts=replace(counts, excluded=counts.excluded + len(out), cited=counts.cited - len(out)),
        ),
    )


def _still(statement: Statement, retracted: set[int]) -> Statement | None:
    """The statement as far as it rests on articles that stand, None if it or a part of it rests on none."""
    citations = tuple(one for one in statement.citations if one.n not in retracted)
    text = strip_markers(statement.text)
    if not citations or stated(text, citations) != (text,):
        return None
    if len(citations) == len(statement.citations):
        return statement
    marked = add_markers(text, [one.n for one in citations])
    return replace(statement, text=marked, citations=citations)
