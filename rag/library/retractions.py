"""What PubMed says of an article's standing: retracted, of concern, corrected, a preprint, or a notice.

PubMed marks a notice with a publication type and joins it to its article by CommentsCorrections, one
``RefType`` for each direction (``RetractionIn`` on the article, ``RetractionOf`` on the notice). The
values are those of NLM's DTD of 1 January 2025; https://www.nlm.nih.gov/bsd/policy/errata.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rag.records import Article, ArticleStatus, Link

SEVERITY: tuple[ArticleStatus, ...] = ("retracted", "concern", "corrected", "preprint", "ok")
"""Every status, gravest first: where several apply, the first is the article's."""


class RefType(NamedTuple):
    """What a link says of the record that carries it and of the other; whether the first is a notice."""

    itself: ArticleStatus = "ok"
    other: ArticleStatus = "ok"
    notice: bool = False


REF_TYPES: dict[str, RefType] = {
    "RetractionIn": RefType(itself="retracted"),
    "RetractionOf": RefType(other="retracted", notice=True),
    "PartialRetractionIn": RefType(itself="retracted"),  # before 2014; which part is not said
    "PartialRetractionOf": RefType(other="retracted", notice=True),
    "RetractedandRepublishedIn": RefType(itself="retracted"),
    "RetractedandRepublishedFrom": RefType(other="retracted"),
    "ExpressionOfConcernIn": RefType(itself="concern"),
    "ExpressionOfConcernFor": RefType(other="concern", notice=True),
    "ErratumIn": RefType(itself="corrected"),
    "ErratumFor": RefType(other="corrected", notice=True),
    "CorrectedandRepublishedIn": RefType(itself="corrected"),
    "CorrectedandRepublishedFrom": RefType(other="corrected"),
    # An article that was printed again or brought up to date is not wrong, only older.
    "RepublishedIn": RefType(),
    "RepublishedFrom": RefType(),
    "ReprintIn": RefType(),
    "ReprintOf": RefType(),
    "UpdateIn": RefType(),
    "UpdateOf": RefType(),
    "CommentIn": RefType(),
    "CommentOn": RefType(),
    "OriginalReportIn": RefType(),
    "SummaryForPatientsIn": RefType(),
    "AssociatedDataset": RefType(),
    "AssociatedPublication": RefType(),
    "Cites": RefType(),
}
"""Every RefType of the DTD, and two that older records have. A republished version is an article of its
own, not a notice."""

_BY_TYPE: dict[str, ArticleStatus] = {"retracted publication": "retracted", "preprint": "preprint"}
_NOTICE_TYPES = frozenset({"retraction of publication", "published erratum", "expression of concern"})
_UNKNOWN = RefType()


def status(publication_types: Iterable[str], links: Iterable[Link]) -> ArticleStatus:
    """Give the gravest status that an article's publication types and links state."""
    stated = [_BY_TYPE.get(name.lower(), "ok") for name in publication_types]
    stated += [REF_TYPES.get(link.kind, _UNKNOWN).itself for link in links]
    return gravest(stated)


def gravest(statuses: Iterable[ArticleStatus]) -> ArticleStatus:
    """The first of SEVERITY that occurs; ``ok`` if there is none."""
    return min(statuses, key=SEVERITY.index, default="ok")


def precedence(article: Article) -> tuple[bool, str]:
    """The order of versions of one article in several places: of them the greatest counts.

    A retracted one before any other, then the one revised last. A version without a date of revision, or
    from a file that does not tell of retractions, undoes none.
    """
    return article.status == "retracted", article.revised


def is_notice(publication_types: Iterable[str], links: Iterable[Link]) -> bool:
    """Say whether a record is itself a retraction, an erratum or an expression of concern."""
    return not _NOTICE_TYPES.isdisjoint(name.lower() for name in publication_types) or any(
        REF_TYPES.get(link.kind, _UNKNOWN).notice for link in links
    )


def of_others(article: Article) -> dict[str, ArticleStatus]:
    """What a record says of other articles, by PMID: a notice of retraction that its article is retracted."""
    said: dict[str, ArticleStatus] = {}
    for link in article.links:
        other = REF_TYPES.get(link.kind, _UNKNOWN).other
        if other != "ok" and link.pmid and link.pmid != article.pmid:
            said[link.pmid] = gravest((other, said.get(link.pmid, "ok")))
    return said
