"""PubMed, live: a query -> PMIDs in order of relevance; PMIDs -> articles.

A search that failed is an error, never "no articles"; what could not be fetched is named PMID by PMID.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rag.errors import SearchFailed
from rag.library.eutils import Broken, Eutils, Refused, is_whole
from rag.library.identifiers import pmid_of
from rag.library.pubmed_xml import from_xml
from rag.records import Article, SearchResult, Unreadable
from rag.settings import Settings

MOST = 9_999
"""PubMed's limit on the articles of one search and of one list on the history server (NBK25499)."""
BATCH = 200
"""Articles in one reply; from 200 ids on NCBI asks for POST, which Bio.Entrez then uses."""
FRUITLESS = 16
"""Replies of no use after which a fetch gives up: twice the halvings of one batch."""

_SET = "PubmedArticleSet"
_PROLOGUE = re.compile(rb"\A\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>]*>)?\s*")
_DTDS = {"eSearchResult": "20060628/esearch.dtd", "ePostResult": "20090526/epost.dtd"}


class PubMed:
    """PubMed as the settings reach it; safe to share between threads.

    Args:
        settings: e-mail, key, address of the E-utilities, and the home folder.
        **options: ``timeout``, ``patience``, ``pause`` and ``pace`` of ``Eutils``.

    Raises:
        SettingsError: there is no e-mail to send to NCBI.
    """

    def __init__(self, settings: Settings, **options: Any) -> None:
        self._eutils = Eutils(settings, **options)
        self._cache = settings.home / "cache" / "biopython"

    def search(self, query: str, limit: int) -> SearchResult:
        """Search PubMed by relevance.

        Args:
            query: in PubMed's query language.
            limit: how many PMIDs to give at most; PubMed itself gives no more than 9,999.

        Returns:
            The PMIDs, best first and each once, with the full count and PubMed's remarks.

        Raises:
            SearchFailed: PubMed gave no usable reply, or one that contradicts itself.
            RateLimited: too many requests.
        """
        most = min(limit, MOST)
        body = self._eutils.call(
            "esearch", "eSearchResult", db="pubmed", term=query, retmax=most, sort="relevance", retmode="xml"
        )
        reply = self._parsed(body, "eSearchResult")
        try:
            count = int(reply["Count"])
            pmids = tuple(dict.fromkeys(str(pmid) for pmid in reply["IdList"]))
        except (KeyError, TypeError, ValueError):
            raise SearchFailed(_unusable("it has no count or no list of articles")) from None
        if count and most and not pmids:
            raise SearchFailed(_unusable(f"it counts {count:,} articles and names none"))
        warnings = _warnings(reply)
        if limit > MOST and count > MOST:
            warnings += (f"Truncated: PubMed names only the first {MOST:,} of {count:,} articles",)
        return SearchResult(query, str(reply.get("QueryTranslation", "")), count, pmids[:most], warnings)

    def fetch(self, pmids: Iterable[str]) -> Iterator[Article | Unreadable]:
        """Fetch articles, each PMID once.

        A reply that breaks off is used as far as it goes; the rest is asked for again, in halves when
        there was nothing in it, so that one broken record cannot hide its neighbours.

        Args:
            pmids: the articles wanted.

        Yields:
            For every PMID its Article, or an Unreadable that says why there is none: the search is then
            incomplete. Up to 200 PMIDs come in the order asked for, more in PubMed's order.

        Raises:
            SearchFailed: nothing at all could be fetched. Once an article was yielded, the PMIDs that a
                later failure leaves unfetched are yielded as Unreadable instead.
            RateLimited: the same, because of too many requests.
        """
        left = dict.fromkeys(pmid.strip() for pmid in pmids)
        for pmid in [pmid for pmid in left if pmid_of(pmid) is None]:
            del left[pmid]
            yield Unreadable("is not a PMID", pmid=pmid)
        yielded = False
        try:
            for record in self._fetched(tuple(left)):
                if record.pmid in left:
                    del left[record.pmid]
                    yielded = yielded or isinstance(record, Article)
                    yield record
        except SearchFailed as error:
            if not yielded:
                raise
            for pmid in left:
                yield Unreadable(f"not fetched: {error}", pmid=pmid)

    def _fetched(self, pmids: tuple[str, ...]) -> Iterator[Article | Unreadable]:
        """Articles from the history server where that saves requests; what is left, by id."""
        left = dict.fromkeys(pmids)
        if len(pmids) > BATCH:
            for article in self._from_history(pmids):
                left.pop(article.pmid or "", None)
                yield article
        yield from self._by_id(tuple(left))

    def _from_history(self, pmids: tuple[str, ...]) -> Iterator[Article]:
        """Post the PMIDs once and fetch them slice by slice; what is not read here is left to the caller."""
        for posted in _batches(pmids, MOST):
            try:
                body = self._eutils.call("epost", "ePostResult", db="pubmed", id=",".join(posted))
                reply = self._parsed(body, "ePostResult")
                history = {"WebEnv": str(reply["WebEnv"]), "query_key": str(reply["QueryKey"])}
                for start in range(0, len(posted), BATCH):
                    records, _ = self._efetch(**history, retstart=start, retmax=BATCH)
                    yield from (record for record in records if isinstance(record, Article))
            except (Refused, Broken, KeyError):
                return  # the history is gone or was never kept; by id it goes as well

    def _by_id(self, pmids: tuple[str, ...]) -> Iterator[Article | Unreadable]:
        queue = deque(_batches(pmids, BATCH))
        fruitless = 0
        while queue:
            batch = queue.popleft()
            try:
                records, whole = self._efetch(id=",".join(batch))
            except Broken:
                records, whole = [], False
            articles = {record.pmid: record for record in records if isinstance(record, Article)}
            yield from (articles[pmid] for pmid in batch if pmid in articles)
            rest = [pmid for pmid in batch if pmid not in articles]
            fruitless += not whole and not articles
            if fruitless > FRUITLESS:
                raise SearchFailed(_unusable("it broke off, again and again"))
            if whole or (not articles and len(rest) == 1):
                why = "PubMed sent no record" if whole else "PubMed's reply broke off in this record"
                reasons = {record.pmid: record.reason for record in records if isinstance(record, Unreadable)}
                yield from (Unreadable(reasons.get(pmid, why), pmid=pmid) for pmid in rest)
            elif rest:
                size = len(rest) if articles else (len(rest) + 1) // 2
                queue.extendleft(reversed([*_batches(rest, size)]))

    def _efetch(self, **which: str | int) -> tuple[list[Article | Unreadable], bool]:
        """Records of one reply, and whether the reply is whole."""
        body = self._eutils.call("efetch", _SET, b"</PubmedArticle>", db="pubmed", retmode="xml", **which)
        records = [record for record in from_xml(body) if isinstance(record, Article | Unreadable)]
        return records, is_whole(body, _SET)

    def _parsed(self, body: bytes, root: str) -> dict[str, Any]:
        """Parse a short reply with Biopython, by the DTD that Biopython ships.

        The reply's own DOCTYPE is replaced: if it named a newer DTD, Biopython would download it from
        within the parser, without a timeout.
        """
        from Bio import Entrez

        if Entrez.local_cache is None:  # else the parser makes folders under ~/.config on import
            Entrez.local_cache = str(self._cache)  # type: ignore[assignment]  # untyped: None is its default
        address = f"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/{_DTDS[root]}"
        prologue = f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE {root} SYSTEM "{address}">'
        document = prologue.encode() + _PROLOGUE.sub(b"", body, count=1)
        try:
            reply: dict[str, Any] = Entrez.read(  # type: ignore[no-untyped-call]
                io.BytesIO(document), validate=False
            )
        except (ValueError, RuntimeError):
            raise SearchFailed(_unusable("it broke off or is not well-formed")) from None
        return reply


def _unusable(why: str) -> str:
    return (
        f"PubMed's reply cannot be used: {why}. This says nothing about the evidence. "
        "Try again in a few minutes."
    )


def _batches(pmids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (pmids[start : start + size] for start in range(0, len(pmids), size))


def _warnings(reply: dict[str, Any]) -> tuple[str, ...]:
    """PubMed's remarks on a query under its own names, e.g. ``PhraseNotFound: asprin``."""
    lists = (reply.get("ErrorList") or {}, reply.get("WarningList") or {})
    remarks = (
        f"{kind}: {remark}" for one in lists for kind, entries in one.items() for remark in entries if remark
    )
    return tuple(dict.fromkeys(remarks))
