"""References as RIS, which reference managers read (Research Information Systems format, 2011 tag set)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rag.output.bibliography import TYPES, full_name, page_range, standing, url
from rag.output.page import line
from rag.records import Article


def render(articles: Sequence[Article]) -> str:
    """Print articles as RIS: one record each, ``TY`` first, ``ER`` last, an empty line between."""
    return "\n".join("".join(f"{tag}  - {text}\n" for tag, text in _tags(one)) for one in articles)


def _tags(article: Article) -> Iterator[tuple[str, str]]:
    yield "TY", TYPES[article.status == "preprint"].ris
    first, last = page_range(article.pages)
    values: Iterable[tuple[str, str]] = (
        *(("AU", full_name(author)) for author in article.authors),
        ("TI", article.title),
        ("T2", article.journal),
        ("PY", str(article.year or "")),
        ("VL", article.volume),
        ("IS", article.issue),
        ("SP", first),
        ("EP", last),
        ("DO", article.doi or ""),
        ("AN", article.pmid or ""),
        ("C2", article.pmcid or ""),
        ("DB", "PubMed" if article.pmid else ""),
        *(("LA", code) for code in article.languages),
        *(
            ("KW", word)
            for word in dict.fromkeys((*(one.descriptor for one in article.mesh), *article.keywords))
        ),
        ("M3", "; ".join(article.publication_types)),
        ("UR", url(article)),
        ("N1", standing(article)),
    )
    yield from ((tag, shown) for tag, text in values if (shown := line(text)))
    yield "ER", ""
