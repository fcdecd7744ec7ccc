"""What limits an answer, in sentences for the reader: the banner above the statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rag.records import Excluded, Notice, Source

OLD_YEARS = 10


def limits(cited: Sequence[Source], excluded: Sequence[Excluded]) -> tuple[Notice, ...]:
    """Name every limit of the evidence behind an answer.

    Args:
        cited: the sources that the answer cites.
        excluded: what was found and not used; a reason that stands alone is of an article on the question.
    """
    articles = [source.found.article for source in cited]
    notices: list[Notice] = []
    retracted = [one.pmid for one in excluded if one.reason == "retracted"]
    if retracted:
        notices.append(Notice("retracted", f"Retracted and not used: {', '.join(retracted)}."))
    quarantined = [one.pmid for one in excluded if one.reason == "gives orders to a language model"]
    if quarantined:
        text = f"Not used because the text gives orders to a language model: {', '.join(quarantined)}."
        notices.append(Notice("injection", text))
    if not articles:
        return tuple(notices)
    if all(article.access == "summary" for article in articles):
        text = "Every source here is our own summary of an article. Read the article before you rely on it."
        notices.append(Notice("summaries", text))
    elif not any(article.access == "full_text" for article in articles):
        notices.append(Notice("abstract_only", "Only abstracts were read, not the full articles."))
    if not any(source.screening.direct for source in cited):
        notices.append(
            Notice("indirect", "Every source here is indirect: none studied exactly what was asked.")
        )
    if all(source.design.body == "mechanism" for source in cited):
        text = "Only animal or laboratory studies were found. What they mean for people is very uncertain."
        notices.append(Notice("animal_only", text))
    for status, text in (
        ("preprint", "A preprint, not peer reviewed, is among the sources: {}."),
        ("concern", "An expression of concern was published about: {}."),
        ("corrected", "A correction was published about: {}."),
    ):
        ids = [article.id for article in articles if article.status == status]
        if ids:
            notices.append(Notice(status, text.format(", ".join(ids))))
    years = [article.year for article in articles if article.year]
    if years and max(years) < datetime.now(UTC).year - OLD_YEARS:
        undated = len(articles) - len(years)
        text = f"The newest source is from {max(years)}."
        if undated:
            text = f"The newest source with a year is from {max(years)}; {undated} without a year."
        notices.append(Notice("outdated", text))
    return tuple(notices)
