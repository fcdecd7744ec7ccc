"""A reference as medical journals print it, and the only two kinds of link that exist here.

Form: ICMJE Recommendations with NLM's *Citing Medicine* (https://www.ncbi.nlm.nih.gov/books/NBK7256/):
six authors then "et al.", the MEDLINE abbreviation of the journal, abbreviated page ranges.
"""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import quote

from rag.records import Article, Author, Link, Reference, Source
from rag.text.injection import visible

MOST_AUTHORS = 6

_LINKS = {
    "RetractionIn": "Retraction in",
    "PartialRetractionIn": "Partial retraction in",
    "ExpressionOfConcernIn": "Expression of concern in",
    "ErratumIn": "Erratum in",
    "CorrectedandRepublishedIn": "Corrected and republished in",
    "RetractedandRepublishedIn": "Retracted and republished in",
    "UpdateIn": "Update in",
}
"""What a reader must know of an article, by RefType of CommentsCorrections (NLM's PubMed DTD)."""

_LANGUAGES = {
    "afr": "Afrikaans",
    "ara": "Arabic",
    "bul": "Bulgarian",
    "cat": "Catalan",
    "chi": "Chinese",
    "cze": "Czech",
    "dan": "Danish",
    "dut": "Dutch",
    "est": "Estonian",
    "fin": "Finnish",
    "fre": "French",
    "ger": "German",
    "gre": "Greek",
    "heb": "Hebrew",
    "hrv": "Croatian",
    "hun": "Hungarian",
    "ice": "Icelandic",
    "ita": "Italian",
    "jpn": "Japanese",
    "kor": "Korean",
    "lit": "Lithuanian",
    "nor": "Norwegian",
    "per": "Persian",
    "pol": "Polish",
    "por": "Portuguese",
    "rum": "Romanian",
    "rus": "Russian",
    "slo": "Slovak",
    "slv": "Slovenian",
    "spa": "Spanish",
    "srp": "Serbian",
    "swe": "Swedish",
    "tha": "Thai",
    "tur": "Turkish",
    "ukr": "Ukrainian",
    "vie": "Vietnamese",
}
"""MARC codes as in MEDLINE's language field."""

_PMID = re.compile(r"[1-9][0-9]{0,8}")
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\x00-\x1f\x7f]+")
_PAGES = re.compile(r"(?<![\w.])([A-Za-z]*)(\d+)\s*[-–]\s*([A-Za-z]*)(\d+)(?![\w.])")
_PART_OF_VOLUME = re.compile(r"(?:suppl|pt|spec)\b", re.IGNORECASE)


def reference(source: Source, n: int) -> Reference:
    """The numbered entry of a cited source."""
    article, design = source.found.article, source.design
    return Reference(
        n=n,
        article=article.id,
        pmid=article.pmid,
        doi=article.doi,
        url=pubmed_url(article.pmid) or doi_url(article.doi),
        vancouver=vancouver(article),
        title=article.title,
        authors=tuple(_name(author) for author in article.authors),
        journal=article.journal,
        year=article.year,
        publication_types=article.publication_types,
        design=design.name,
        level=design.level,
        n_participants=design.participants or article.participants,
        status=article.status,
        access=article.access,
    )


def pubmed_url(pmid: str | None) -> str | None:
    """Address of a PubMed record; None where ``pmid`` is not a PMID."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid and _PMID.fullmatch(pmid) else None


def doi_url(doi: str | None) -> str | None:
    """Address of a DOI, every character escaped that could end a link; None where it is not a DOI."""
    return f"https://doi.org/{quote(doi, safe='/:')}" if doi and _DOI.fullmatch(doi) else None


def vancouver(article: Article) -> str:
    """Print one article as a Vancouver reference on one line.

    Args:
        article: whatever is known of it; a missing field leaves no punctuation behind.

    Returns:
        E.g. ``Halpern SD, Ubel PA, Caplan AL. Solid-organ transplantation in HIV-infected patients.
        N Engl J Med. 2002 Jul 25;347(4):284-7. doi: 10.1056/NEJMsb020632. PMID: 12140307.``
    """
    parts = [
        _authors(article.authors),
        _title(article),
        article.journal,
        _place(article),
        _language(article),
        f"doi: {article.doi}" if article.doi else "",
        f"PMID: {article.pmid}" if article.pmid else "",
        f"PMCID: {article.pmcid}" if article.pmcid else "",
        *_notices(article),
    ]
    return " ".join(_closed(part) for part in map(_tidy, parts) if part)


def _authors(authors: tuple[Author, ...]) -> str:
    shown = [author for author in authors if _name(author)][: MOST_AUTHORS + 1]
    listed = shown[:MOST_AUTHORS]
    if not listed:
        return ""
    text = _name(listed[0])
    for before, author in pairwise(listed):
        # A group is set off from the people beside it.
        text += ("; " if before.collective or author.collective else ", ") + _name(author)
    return text + (", et al." if len(shown) > MOST_AUTHORS else "")


def _name(author: Author) -> str:
    return author.collective or " ".join(filter(None, (author.last, author.initials, author.suffix)))


def _title(article: Article) -> str:
    title = _tidy(article.title).removesuffix(".").rstrip()
    foreign = bool(_foreign(article))
    if title and foreign and not title.startswith("["):
        title = f"[{title}]"
    if article.status == "preprint" or "Preprint" in article.publication_types:
        title = f"{title} [Preprint]".strip()
    return title


def _foreign(article: Article) -> list[str]:
    codes = [code.strip().lower() for code in article.languages]
    return [] if not codes or "eng" in codes or "english" in codes else codes


def _language(article: Article) -> str:
    return ", ".join(_LANGUAGES[code] for code in _foreign(article) if code in _LANGUAGES)


def _place(article: Article) -> str:
    """Date;Volume(Issue):pages, as far as known."""
    date = article.date or (str(article.year) if article.year else "")
    if article.issue and _PART_OF_VOLUME.match(article.issue):
        volume = f"{article.volume} {article.issue}".strip()
    else:
        volume = article.volume + (f"({article.issue})" if article.issue else "")
    dated = ";".join(filter(None, (date, volume)))
    return ":".join(filter(None, (dated, _PAGES.sub(_short_range, article.pages))))


def _short_range(match: re.Match[str]) -> str:
    """``340-345`` as ``340-5``: the last page without the figures that it shares with the first."""
    prefix, first, last_prefix, last = match.groups()
    if last_prefix not in ("", prefix) or len(last) != len(first) or last < first:
        return match[0].replace("–", "-")
    if first == last:
        return f"{prefix}{first}"
    shared = next(i for i, (a, b) in enumerate(zip(first, last, strict=True)) if a != b)
    return f"{prefix}{first}-{last[shared:]}"


def _notices(article: Article) -> list[str]:
    lines = [
        f"{_LINKS[link.kind]}: {_cited(link)}"
        for link in article.links
        if link.kind in _LINKS and _cited(link)
    ]
    if article.status == "retracted" and not any(line.startswith("Retraction in") for line in lines):
        lines.insert(0, "Retracted publication")
    return lines


def _cited(link: Link) -> str:
    citation = _tidy(link.citation)
    pmid = f"PMID: {link.pmid}" if link.pmid and f"PMID: {link.pmid}" not in citation else ""
    return f"{_closed(citation)} {pmid}".strip() if citation else pmid


def _tidy(text: str) -> str:
    return " ".join(visible(text).split())


def _closed(text: str) -> str:
    return text if not text or text[-1] in ".?!" else f"{text}."
