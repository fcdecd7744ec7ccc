"""References as CSL-JSON, which citation processors read.

Schema: https://github.com/citation-style-language/schema, csl-data.json of CSL 1.0.2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rag.output.bibliography import TYPES, page_range, standing, url
from rag.output.json import escaped
from rag.output.page import line
from rag.records import Article, Author


def render(articles: Sequence[Article]) -> str:
    """Print articles as one JSON array of CSL items."""
    return escaped(json.dumps([_item(one) for one in articles], ensure_ascii=False, indent=2)) + "\n"


def _item(article: Article) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": line(article.title),
        "container-title": line(article.journal),
        "volume": line(article.volume),
        "issue": line(article.issue),
        "page": "-".join(filter(None, page_range(article.pages))),
        "DOI": article.doi,
        "PMID": article.pmid,
        "PMCID": article.pmcid,
        "URL": url(article),
        "author": [_name(one) for one in article.authors],
        "issued": {"date-parts": [[article.year]]} if article.year else None,
        "note": standing(article),
    }
    kind = TYPES[article.status == "preprint"].csl
    return {"id": article.id, "type": kind} | {name: value for name, value in values.items() if value}


def _name(author: Author) -> dict[str, str]:
    if author.collective:
        return {"literal": line(author.collective)}
    given = author.fore or " ".join(f"{letter}." for letter in author.initials)
    values = {"family": line(author.last), "given": line(given), "suffix": line(author.suffix)}
    return {name: value for name, value in values.items() if value}
