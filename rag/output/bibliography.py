"""What the forms for reference managers share: type, names, pages, address and standing of an article."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.output.references import doi_url, pubmed_url
from rag.records import Article, Author

_STANDINGS = {
    "ok": "",
    "retracted": "RETRACTED. Do not cite it as evidence.",
    "concern": "An expression of concern was published about this article.",
    "corrected": "A correction of this article was published.",
    "preprint": "A preprint, not peer reviewed.",
}
_RANGE = re.compile(r"([A-Za-z]*\d+[A-Za-z]*)\s*[-–]\s*([A-Za-z]*\d+[A-Za-z]*)")


class Type(NamedTuple):
    """What an article is called in each form."""

    ris: str
    bibtex: str
    csl: str


TYPES = {False: Type("JOUR", "article", "article-journal"), True: Type("UNPB", "unpublished", "article")}
"""By whether it is a preprint."""


def full_name(author: Author) -> str:
    """``Coleman, William B., Jr`` or ``Coleman, WB``; a group's name as it is."""
    if author.collective:
        return author.collective
    given = author.fore or " ".join(f"{letter}." for letter in author.initials)
    return ", ".join(filter(None, (author.last, given, author.suffix)))


def page_range(pages: str) -> tuple[str, str]:
    """First and last page, the last in full: ``1038-43`` gives 1038 and 1043; one page has no last one."""
    found = _RANGE.fullmatch(pages.strip())
    if found is None:
        return pages.strip(), ""
    first, last = found.groups()
    shared = len(first) - len(last)
    return first, first[:shared] + last if shared > 0 and last.isdigit() else last


def url(article: Article) -> str:
    """PubMed's address of an article, else its DOI's; empty without either."""
    return pubmed_url(article.pmid) or doi_url(article.doi) or ""


def standing(article: Article) -> str:
    """What a reader must know of an article's standing; empty where it is as it was published."""
    return _STANDINGS[article.status]
