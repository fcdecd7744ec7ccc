"""PubMed through Entrez: a query -> PMIDs, by relevance or by date of entry; PMIDs -> articles.

A search that failed is an error, never "no articles"; what could not be fetched is named PMID by PMID.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from rag.errors import SearchFailed
from rag.library.eutils import Broken, Eutils, Refused, is_whole
from rag.library.identifiers import pmid_of
from rag.library.pubmed_xml import from_xml
from rag.records import Article, Deleted, SearchResult, Unreadable
from rag.settings import Settings

MOST = 9_999
"""PubMed's limit on the articles of one search and of one list on the history server (NBK25499)."""
BATCH = 200
"""Articles in one reply; from 200 ids on NCBI asks for POST, which Bio.Entrez then uses."""
FRUITLESS = 16
"""Replies of no use in a row after which a fetch gives up: twice the halvings of one batch."""
NO_RECORD = "PubMed sent no record"
"""Why a PMID has no article where PubMed, asked twice, left it out of a reply that was whole."""

Read = Callable[[bytes], Iterable[Article | Deleted | Unreadable]]
"""Reads the records of one efetch reply."""

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
        found = self._esearch(partial(self._found, query, most), query, retmax=most, sort="relevance")
        if limit > MOST and found.count > MOST:
            cut = f"Truncated: PubMed names only the first {MOST:,} of {found.count:,} articles"
            return replace(found, warnings=(*found.warnings, cut))
        return found

    def count(self, query: str, since: date, until: date) -> SearchResult:
        """Count the articles of a query that were added to PubMed in a span of days; none is named.

        Raises what ``search`` raises.
        """
        read = partial(self._found, query, 0)
        return self._esearch(read, query, retmax=0, **_entered(since, until))

    def entered(self, query: str, since: date, until: date) -> SearchResult:
        """Find every article of a query that was added to PubMed in a span of days.

        Args:
            query: in PubMed's query language.
            since: first day.
            until: last day.

        Returns:
            The count, and all the PMIDs; none of them where they are more than the 9,999 that PubMed names.

        Raises:
            SearchFailed: PubMed gave no usable reply, or went on to name more or fewer than it counted.
            RateLimited: too many requests.
        """
        read = partial(self._all, query)
        return self._esearch(read, query, retmax=MOST, **_entered(since, until))

    def _esearch(self, read: Callable[[bytes], SearchResult], query: str, **more: str | int) -> SearchResult:
        return self._eutils.call(
            "esearch", "eSearchResult", read, b"", db="pubmed", term=query, retmode="xml", **more
        )

    def _found(self, query: str, most: int, body: bytes) -> SearchResult:
        reply = self._parsed(body, "eSearchResult")
        try:
            count = int(reply["Count"])
            pmids = tuple(dict.fromkeys(str(pmid) for pmid in reply["IdList"]))
        except (KeyError, TypeError, ValueError):
            raise ValueError("a reply without a count or a list of articles") from None
        if count and most and not pmids:
            raise ValueError(f"a reply that counts {count:,} articles and names none")
        translation = str(reply.get("QueryTranslation", ""))
        return SearchResult(query, translation, count, pmids[:most], _warnings(reply))

    def _all(self, query: str, body: bytes) -> SearchResult:
        found = self._found(query, MOST, body)
        if found.count > MOST:
            return replace(found, pmids=())
        if len(found.pmids) != found.count:
            named = f"{len(found.pmids):,}"
            raise ValueError(f"a reply that counts {found.count:,} articles and names {named}")
        return found

    def fetch(self, pmids: Iterable[str]) -> Iterator[Article | Unreadable]:
        """Fetch articles, each PMID once, as far as PubMed can be reached; see ``records``.

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
            for record in self.records(tuple(left)):
                if record.pmid in left:
                    del left[record.pmid]
                    yielded = yielded or isinstance(record, Article)
                    yield record
        except SearchFailed as error:
            if not yielded:
                raise
            for pmid in left:
                yield Unreadable(f"not fetched: {error}", pmid=pmid)

    def records(self, pmids: Sequence[str], read: Read = from_xml) -> Iterator[Article | Unreadable]:
        """Fetch articles from the history server where that saves requests; what is left, by id.

        A reply that breaks off is used as far as it goes; the rest is asked for again, in halves when there
        was nothing in it or PubMed refused the list, so that one record cannot hide its neighbours. What a
        whole reply does not hold, or holds in a form that cannot be read, is asked for once more.

        Args:
            pmids: the articles wanted, each once.
            read: reads the records of each reply, in whatever way the caller wants replies treated.

        Yields:
            For every PMID its Article, or an Unreadable that says why PubMed has none: NO_RECORD, or that
            it cannot be read.

        Raises:
            SearchFailed: PubMed could not be reached, or not to the end.
            RateLimited: too many requests.
        """
        left = dict.fromkeys(pmids)
        if len(pmids) > BATCH:
            for article in self._from_history(tuple(left), read):
                left.pop(article.pmid or "", None)
                yield article
        yield from self._by_id(tuple(left), read)

    def _from_history(self, pmids: tuple[str, ...], read: Read) -> Iterator[Article]:
        """Post the PMIDs once and fetch them slice by slice; what is not read here is left to the caller."""
        for posted in _batches(pmids, MOST):
            try:
                history = self._eutils.call(
                    "epost", "ePostResult", self._history, db="pubmed", id=",".join(posted)
                )
                for start in range(0, len(posted), BATCH):
                    records, _ = self._efetch(read, **history, retstart=start, retmax=BATCH)
                    yield from (record for record in records if isinstance(record, Article))
            except (Refused, Broken):
                return  # the history is gone or was never kept; by id it goes as well

    def _history(self, body: bytes) -> dict[str, str]:
        """Where the history server keeps a list that was posted."""
        reply = self._parsed(body, "ePostResult")
        try:
            return {"WebEnv": str(reply["WebEnv"]), "query_key": str(reply["QueryKey"])}
        except KeyError:
            raise ValueError("a reply that names no history") from None

    def _by_id(self, pmids: tuple[str, ...], read: Read) -> Iterator[Article | Unreadable]:
        queue = deque(_batches(pmids, BATCH))
        doubted: set[str] = set()
        fruitless = 0
        while queue:
            batch = queue.popleft()
            records: list[Article | Unreadable] = []
            whole, failure = False, SearchFailed("PubMed's replies broke off. Try again in a few minutes.")
            try:
                records, whole = self._efetch(read, id=",".join(batch))
            except (Broken, Refused) as error:
                failure = error
            articles = {record.pmid: record for record in records if isinstance(record, Article)}
            yield from (articles[pmid] for pmid in batch if pmid in articles)
            rest = [pmid for pmid in batch if pmid not in articles]
            fruitless = 0 if whole or articles else fruitless + 1
            if fruitless > FRUITLESS:
                raise failure
            reasons = {record.pmid: record.reason for record in records if isinstance(record, Unreadable)}
            plain = whole and (None not in reasons or len(batch) == 1)  # it is known which one it is about
            if plain:
                why = reasons.get(None, NO_RECORD)
                yield from (Unreadable(reasons.get(one, why), pmid=one) for one in rest if one in doubted)
                rest = [pmid for pmid in rest if pmid not in doubted]
                doubted.update(rest)
            elif not articles and len(rest) == 1:
                yield Unreadable(str(failure), pmid=rest.pop())
            if rest:
                size = len(rest) if plain or articles else (len(rest) + 1) // 2
                queue.extendleft(reversed([*_batches(rest, size)]))

    def _efetch(self, read: Read, **which: str | int) -> tuple[list[Article | Unreadable], bool]:
        """Records of one reply, and whether the reply is whole."""
        body = self._eutils.call(
            "efetch", _SET, bytes, b"</PubmedArticle>", db="pubmed", retmode="xml", **which
        )
        records = [record for record in read(body) if isinstance(record, Article | Unreadable)]
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
            raise ValueError("a reply that is not well-formed") from None
        return reply


def _entered(since: date, until: date) -> dict[str, str]:
    """A span of days of entry as the E-utilities want it."""
    first, last = (day.isoformat().replace("-", "/") for day in (since, until))
    return {"datetype": "edat", "mindate": first, "maxdate": last}


def _batches(pmids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (pmids[start : start + size] for start in range(0, len(pmids), size))


def _warnings(reply: dict[str, Any]) -> tuple[str, ...]:
    """PubMed's remarks on a query under its own names, e.g. ``PhraseNotFound: asprin``."""
    lists = (reply.get("ErrorList") or {}, reply.get("WarningList") or {})
    remarks = (
        f"{kind}: {remark}" for one in lists for kind, entries in one.items() for remark in entries if remark
    )
    return tuple(dict.fromkeys(remarks))
