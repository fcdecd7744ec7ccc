"""Read what was found: each article with its design, its screening and its stance; and what is unusable."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.design import design
from rag.answering.question import is_polar
from rag.answering.relevance import speaks
from rag.answering.screen import OFF_THE_QUESTION, screen
from rag.answering.stance import stance
from rag.records import Article, Design, Excluded, Found, Question, Screening, Source, Stance
from rag.text.injection import orders

SILENT = Stance("silent", 0.0)


def read(question: Question, found: Sequence[Found]) -> tuple[list[Source], list[Excluded]]:
    """Read what was found: every usable article with its design, screening and stance; and the unusable.

    Retracted articles, notices, articles without results of their own and texts that give orders to a
    language model are excluded, however relevant.
    """
    polar = is_polar(question)
    usable: list[Source] = []
    excluded: list[Excluded] = []
    for one in found:
        article = one.article
        kind = design(article, question.type)
        screening = screen(question, article)
        reason = _unusable(article, kind)
        if reason:
            excluded.append(Excluded(article.id, "; ".join((reason, *screening.because))))
            continue
        heard = screening.direct and speaks(question, article, screening.score)
        points = stance(question, article) if polar and heard else SILENT
        if screening.direct and (not heard or (polar and points.direction == "silent")):
            screening = Screening(False, (OFF_THE_QUESTION,), screening.score)
        usable.append(Source(0, one, kind, screening, points))
    return usable, excluded


def _unusable(article: Article, kind: Design) -> str | None:
    if article.barred:
        return article.barred
    if not article.sections:
        return "no abstract"
    if kind.body == "none":
        return f"{kind.name}, without results of its own"
    told = orders("\n".join((article.title, *(section.text for section in article.sections))))
    return "gives orders to a language model" if told else None
