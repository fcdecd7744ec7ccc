"""References as BibTeX: every value in braces, what TeX would obey escaped, every key once.

Characters beyond ASCII stay as they are: BibTeX files are UTF-8 (biber, and bibtex since TeX Live 2019).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.output.bibliography import TYPES, full_name, page_range, standing, url
from rag.output.page import line
from rag.records import Article, Author

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_VERBATIM = {"doi", "url", "eprint"}
"""Fields that BibTeX styles print as they stand; in them only what would end the value is encoded."""
_ACRONYM = re.compile(r"\b\w*[A-Z]\w*[A-Z]\w*\b")


def render(articles: Sequence[Article]) -> str:
    """Print articles as BibTeX entries, an empty line between."""
    keys = _keys(articles)
    return "\n".join(_entry(one, key) for one, key in zip(articles, keys, strict=True))


def _entry(article: Article, key: str) -> str:
    rows = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(article))
    return f"@{TYPES[article.status == 'preprint'].bibtex}{{{key},\n{rows}}}\n"


def _fields(article: Article) -> Iterator[tuple[str, str]]:
    values = (
        ("title", article.title.removesuffix(".")),
        ("journal", article.journal),
        ("year", str(article.year or "")),
        ("volume", article.volume),
        ("number", article.issue),
        ("pages", "--".join(filter(None, page_range(article.pages)))),
        ("doi", article.doi or ""),
        ("pmid", article.pmid or ""),
        ("url", url(article)),
        ("note", standing(article)),
    )
    authors = " and ".join(_author(one) for one in article.authors)
    if authors:
        yield "author", authors
    for name, text in values:
        shown = line(text)
        if not shown:
            continue
        if name in _VERBATIM:
            yield name, shown.replace("{", "%7B").replace("}", "%7D")
        else:
            yield name, _kept(shown) if name == "title" else _escaped(shown)


def _author(author: Author) -> str:
    """``Last, Suffix, Given`` as BibTeX splits names; a group in braces, so that it is not split."""
    if author.collective:
        return f"{{{_escaped(line(author.collective))}}}"
    if author.suffix:
        parts = full_name(author).split(", ")
        return _escaped(line(", ".join((parts[0], author.suffix, *parts[1:-1]))))
    return _escaped(line(full_name(author)))


def _kept(title: str) -> str:
    """The title with its acronyms in braces, which styles would else set in lower case."""
    parts: list[str] = []
    end = 0
    for match in _ACRONYM.finditer(title):
        parts += [_escaped(title[end : match.start()]), f"{{{_escaped(match[0])}}}"]
        end = match.end()
    return "".join([*parts, _escaped(title[end:])])


def _escaped(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def _keys(articles: Sequence[Article]) -> list[str]:
    """A key for each: first author and year, with letters where several would share one."""
    plain = [_key(one) for one in articles]
    counts, seen = Counter(plain), Counter[str]()
    keys = []
    for key in plain:
        seen[key] += 1
        keys.append(key if counts[key] == 1 else f"{key}-{seen[key]}")
    return keys


def _key(article: Article) -> str:
    first = article.authors[0] if article.authors else Author()
    name = first.last or first.collective.split(" ")[0] or "anon"
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return (re.sub(r"[^a-z0-9]", "", folded.lower()) or "anon") + str(article.year or "")
