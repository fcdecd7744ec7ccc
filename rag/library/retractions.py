"""What PubMed says of an article's standing: retracted, of concern, corrected, a preprint, or a notice.

PubMed marks a notice with a publication type and joins it to its article by CommentsCorrections, one
``RefType`` for each direction (``RetractionIn`` on the article, ``RetractionOf`` on the notice). The
values are those of NLM's DTD of 1 January 2025; https://www.nlm.nih.gov/bsd/policy/errata.html.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.records import ArticleStatus, Link

SEVERITY: tuple[ArticleStatus, ...] = ("retracted", "concern", "corrected", "preprint", "ok")
"""Every status, gravest first: where several apply, the first is the article's."""

_BY_TYPE: dict[str, ArticleStatus] = {"retracted publication": "retracted", "preprint": "preprint"}
_BY_LINK: dict[str, ArticleStatus] = {
    "RetractionIn": "retracted",
    "RetractedandRepublishedIn": "retracted",
    "PartialRetractionIn": "retracted",  # before 2014; which part is not said
    "ExpressionOfConcernIn": "concern",
    "ErratumIn": "corrected",
    "CorrectedandRepublishedIn": "corrected",
}
_NOTICE_TYPES = frozenset({"retraction of publication", "published erratum", "expression of concern"})
_NOTICE_LINKS = frozenset({"RetractionOf", "PartialRetractionOf", "ErratumFor", "ExpressionOfConcernFor"})


def status(publication_types: Iterable[str], links: Iterable[Link]) -> ArticleStatus:
    """Give the gravest status that an article's publication types and links state.

    ``UpdateIn`` does not change it: an updated article is not wrong, only older.
    """
    stated = [_BY_TYPE.get(name.lower(), "ok") for name in publication_types]
    stated += [_BY_LINK.get(link.kind, "ok") for link in links]
    return gravest(stated)


def gravest(statuses: Iterable[ArticleStatus]) -> ArticleStatus:
    """The first of SEVERITY that occurs; ``ok`` if there is none."""
    return min(statuses, key=SEVERITY.index, default="ok")


def is_notice(publication_types: Iterable[str], links: Iterable[Link]) -> bool:
    """Say whether a record is itself a retraction, an erratum or an expression of concern.

    A republished version (``RetractedandRepublishedFrom``, ``CorrectedandRepublishedFrom``) is an
    article, not a notice.
    """
    return not _NOTICE_TYPES.isdisjoint(name.lower() for name in publication_types) or any(
        link.kind in _NOTICE_LINKS for link in links
    )
