"""An entry of a foreign reference list -> the article that it names: by PMID, by DOI, by its exact title.

An article that is only like the entry is never taken for it; it is offered in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.answering.desk import Desk
from rag.answering.privacy import redact
from rag.audit_records import AuditedReference, ListedReference
from rag.errors import BadInput
from rag.library.identifiers import article_id
from rag.library.medline import read
from rag.library.pubmed import NO_RECORD, PubMed
from rag.library.retractions import precedence
from rag.records import Article, Unreadable
from rag.text import terms

SHORTEST_TITLE = 3
"""Words from which a title may tell one article from all others."""
ALIKE = 0.6
"""Share of the words of an article's title in an entry from which the two may be the same."""
LOOKED_AT = 8
"""Articles with a title like the entry's that are asked of a corpus or of PubMed."""

_SEGMENT = re.compile(r"(?<=[.?!])[\"”’]?\s+|\s*[\"“”]\s*")
_AUTHORS = re.compile(r"[^\W\d_][\w'’-]+,?\s+(?:[A-Z]\.?[\s-]?){1,3}(?:,|;|\.|$|and\b|&)|.*\bet al\b")
_IDENTIFIER = re.compile(
    r"(?:https?://\S+|\bdoi:?\s*\S+|\bPMC?ID:?\s*\w+|\bPMC\d+|\b10\.\d{4,9}/\S+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A place to look: ``held`` gives the article of an id, ``like`` those that may be an entry's.

    ``missing`` says why an entry could not be had, where the place knows.
    """

    name: str
    held: Callable[[str], Article | None]
    like: Callable[[ListedReference], Sequence[Article]]
    missing: Callable[[ListedReference], str] = lambda entry: ""


def file_shelf(path: Path) -> Shelf:
    """The articles of a file, in any form that can be imported; nothing is stored.

    Raises:
        BadInput: the file cannot be read, or holds no article.
    """
    articles = [one for one in read(path) if isinstance(one, Article)]
    if not articles:
        raise BadInput(f"{path}: holds no article that can be read. Check the file.")
    held = {one.id: one for one in articles} | {article_id(None, one.doi): one for one in articles if one.doi}
    return Shelf(f"{path.name}, {len(articles):,} articles", held.get, lambda entry: articles)


def corpus_shelf(desk: Desk, names: Sequence[str]) -> Shelf:
    """Corpora by name; of several versions of an article a retracted one is taken.

    Raises:
        CorpusError: a corpus is absent or damaged.
    """
    corpora, retrieve = [desk.corpus(name) for name in names], desk.retriever(names)
    return Shelf(
        f"corpus {', '.join(names)}",
        lambda name: _foremost(corpus.article(name) for corpus in corpora),
        lambda entry: [one.article for one in retrieve(title_of(entry.text) or entry.text, LOOKED_AT)],
    )


def pubmed_shelf(pubmed: PubMed, entries: Sequence[ListedReference]) -> Shelf:
    """PubMed, live: every PMID of the entries at once; DOIs and titles when they are asked for.

    Raises:
        SearchFailed: PubMed could not be searched; from the functions too.
    """
    fetched = list(pubmed.fetch(dict.fromkeys(one.pmid for one in entries if one.pmid)))
    held = {one.pmid: one for one in fetched if isinstance(one, Article)}
    reasons = {one.pmid: one.reason for one in fetched if isinstance(one, Unreadable)}

    def like(entry: ListedReference) -> list[Article]:
        title = redact(title_of(entry.text))
        words = "" if title.found else " ".join(terms.words(title.text))
        query = f'"{entry.doi}"[aid]' if entry.doi else f"{words}[ti]" if words else ""
        if not query:
            return []
        named = pubmed.search(query, LOOKED_AT).pmids
        return [one for one in pubmed.fetch(named) if isinstance(one, Article)] if named else []

    def missing(entry: ListedReference) -> str:
        if not (entry.pmid or entry.doi) and redact(title_of(entry.text)).found:
            return "its title may identify a patient and was not sent to PubMed"
        reason = reasons.get(entry.pmid or "", "")
        return f"PubMed has no PMID {entry.pmid}" if reason == NO_RECORD else reason

    return Shelf("PubMed, live", held.get, like, missing)


def resolve(entry: ListedReference, shelves: Sequence[Shelf]) -> tuple[AuditedReference, Article | None]:
    """Find the article of an entry.

    Args:
        entry: as it was printed.
        shelves: where to look, in this order; of an article that several hold a retracted version is taken.

    Returns:
        What became of the entry, and the article if it was found.
    """
    made = AuditedReference(
        entry.n, entry.text, "not_found", pmid=entry.pmid, doi=entry.doi, listed=entry.listed
    )
    by_pmid = _foremost(shelf.held(entry.pmid) for shelf in shelves) if entry.pmid else None
    if by_pmid:
        if entry.doi and by_pmid.doi and entry.doi.lower() != by_pmid.doi.lower():
            told = f"its PMID names “{by_pmid.title}”, which has another DOI"
            return replace(made, resolution="ambiguous", hint=told), None
        return _found(made, by_pmid, "PMID", _unlike(entry, by_pmid)), by_pmid
    if not (entry.pmid or entry.doi or title_of(entry.text)):
        return replace(made, resolution="no_identifier", hint="it has no PMID, DOI or title"), None
    near: list[Article] = []
    for shelf in shelves:
        by_doi = shelf.held(article_id(None, entry.doi)) if entry.doi else None
        candidates = [by_doi] if by_doi else [*shelf.like(entry)]
        for by, fits in (("DOI", _of_doi(entry, candidates)), ("title", _of_title(entry, candidates))):
            if len({one.id for one in fits}) > 1:
                ids = ", ".join(dict.fromkeys(one.id for one in fits))
                return replace(made, resolution="ambiguous", hint=f"several articles fit: {ids}"), None
            if fits:
                return _found(made, fits[0], by, _unlike(entry, fits[0])), fits[0]
        near += candidates
    hints = (*(shelf.missing(entry) for shelf in shelves), _nearest(entry, near))
    return replace(made, hint="; ".join(filter(None, hints)) or "no source holds it"), None


def title_of(text: str) -> str:
    """The part of an entry that is likeliest its title; empty if none has enough words."""
    parts = [one for one in _segments(text) if len(terms.words(one)) >= SHORTEST_TITLE]
    return next((one for one in parts if not _AUTHORS.match(one)), "").rstrip(".")


def _segments(text: str) -> list[str]:
    return [one.strip() for one in _SEGMENT.split(_IDENTIFIER.sub(" ", text)) if one.strip()]


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", terms.fold(text)))


def _keys(text: str) -> set[str]:
    """Every run of whole segments of an entry as it would be compared with a title."""
    keys = [key for key in map(_key, _segments(text)[:12]) if key]
    return {" ".join(keys[i:j]) for i in range(len(keys)) for j in range(i + 1, len(keys) + 1)}


def _of_doi(entry: ListedReference, articles: Iterable[Article]) -> list[Article]:
    return [one for one in articles if entry.doi and one.doi and one.doi.lower() == entry.doi.lower()]


def _of_title(entry: ListedReference, articles: Iterable[Article]) -> list[Article]:
    keys = _keys(entry.text)
    return [
        one for one in articles if len(terms.words(one.title)) >= SHORTEST_TITLE and _key(one.title) in keys
    ]


def _foremost(articles: Iterable[Article | None]) -> Article | None:
    versions = [one for one in articles if one]
    return max(versions, key=precedence, default=None)


def _found(made: AuditedReference, article: Article, by: str, mismatch: str) -> AuditedReference:
    return replace(
        made,
        resolution="found",
        by=by,
        article=article.id,
        pmid=article.pmid,
        doi=article.doi,
        title=article.title,
        year=article.year,
        status=article.status,
        access=article.access,
        mismatch=mismatch,
    )


def _unlike(entry: ListedReference, article: Article) -> str:
    """How the entry differs from the article that its PMID, DOI or title names; empty if it does not."""
    if entry.pmid and article.pmid and entry.pmid != article.pmid:
        return f"it prints PMID {entry.pmid}; the article has PMID {article.pmid}"
    if entry.doi and article.doi and entry.doi.lower() != article.doi.lower():
        return f"it prints DOI {entry.doi}; the article has DOI {article.doi}"
    if not title_of(entry.text):
        return ""
    alike = max(_share(article.title, entry.text), _share(article.vernacular_title, entry.text))
    return "" if alike >= ALIKE else f"its identifier names another article: “{article.title}”"


def _share(title: str, text: str) -> float:
    wanted, given = set(terms.stems(title)), set(terms.stems(text))
    return len(wanted & given) / len(wanted) if wanted else 0.0


def _nearest(entry: ListedReference, articles: Sequence[Article]) -> str:
    best = max(articles, key=lambda one: _share(one.title, entry.text), default=None)
    if best is None or _share(best.title, entry.text) < ALIKE:
        return ""
    return f"it may mean “{best.title}” ({best.id}), which was not checked"
