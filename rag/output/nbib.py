"""References as MEDLINE text (``.nbib``), as PubMed sends citations to reference managers.

Fields: https://pubmed.ncbi.nlm.nih.gov/help/#pubmed-format. A line holds at most 80 columns; what is longer
goes on behind six spaces. Without a PMID there is no such record, so those articles are left out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rag.output.page import line
from rag.records import Article, Author, MeshHeading

_COLUMNS = 80
_LINK_TAGS = {
    "RetractionIn": "RIN",
    "ExpressionOfConcernIn": "ECI",
    "ErratumIn": "EIN",
    "CorrectedandRepublishedIn": "CRI",
    "RetractedandRepublishedIn": "RRI",
    "PartialRetractionIn": "PRIN",
    "UpdateIn": "UIN",
}


def render(articles: Sequence[Article]) -> str:
    """Print the articles that have a PMID, an empty line between."""
    return "\n".join("".join(map(_folded, _fields(one))) for one in articles if one.pmid)


def _fields(article: Article) -> Iterator[tuple[str, str]]:
    values = (
        ("PMID", article.pmid or ""),
        ("VI", article.volume),
        ("IP", article.issue),
        ("DP", article.date or str(article.year or "")),
        ("TI", article.title),
        ("PG", article.pages),
        ("LID", f"{article.doi} [doi]" if article.doi else ""),
        *(pair for one in article.authors if not one.collective for pair in _person(one)),
        *(("CN", one.collective) for one in article.authors if one.collective),
        *(("LA", code) for code in article.languages),
        *(("PT", name) for name in article.publication_types),
        ("TT", article.vernacular_title),
        ("TA", article.journal),
        *(("MH", _heading(one)) for one in article.mesh),
        *(("OT", word) for word in article.keywords),
        *(
            (_LINK_TAGS[one.kind], f"{one.citation} PMID: {one.pmid}".strip() if one.pmid else one.citation)
            for one in article.links
            if one.kind in _LINK_TAGS
        ),
        ("PMC", article.pmcid or ""),
        ("LR", article.revised.replace("-", "")),
    )
    yield from ((tag, shown) for tag, text in values if (shown := line(text)))


def _person(author: Author) -> Iterator[tuple[str, str]]:
    """Both forms of a name, also where only initials are known: readers pair them by their order."""
    whole = ", ".join(filter(None, (author.last, author.fore or author.initials)))
    yield "FAU", " ".join(filter(None, (whole, author.suffix)))
    yield "AU", " ".join(filter(None, (author.last, author.initials, author.suffix)))


def _heading(heading: MeshHeading) -> str:
    star = "*" if heading.major else ""
    return "/".join((star + heading.descriptor, *heading.qualifiers))


def _folded(field: tuple[str, str]) -> str:
    tag, text = field
    lead = f"{tag:<4}- "
    lines = textwrap.wrap(text, _COLUMNS - len(lead), break_long_words=False, break_on_hyphens=False)
    return lead + f"\n{' ' * len(lead)}".join(lines) + "\n"
