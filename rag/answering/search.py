"""Gather the articles for a question: from local corpora, from PubMed, or from both; and record how.

A search that failed is recorded as failed. It is never taken for a search that found nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from rag.answering.desk import DEFAULT_CORPUS, Desk
from rag.answering.question import pubmed_queries
from rag.errors import BadInput, CorpusError, SearchFailed
from rag.library.store import content_hash
from rag.records import Article, Counts, Found, Notice, Question, Search, SearchedCorpus, SearchQuery

LIVE_RECORDS = 100
"""Records fetched from PubMed for one question."""
ENOUGH = 20
"""A PubMed query that finds fewer is followed by the next, broader one."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found, how it was searched, and what the reader must be told about it.

    ``only`` names the studies that the reader asked for; empty for all.
    """

    found: tuple[Found, ...]
    search: Search
    notices: tuple[Notice, ...]
    only: str = ""


def gather(
    desk: Desk, question: Question, local: Sequence[str], corpora: Sequence[str], live: bool, most: int
) -> Gathered:
    """Search PubMed if asked to, then retrieve from the corpora.

    Args:
        desk: opens corpora and models.
        question: as understood; PubMed queries are built from it.
        local: what the local index is asked, one query after the other.
        corpora: corpora by name; with none, the starter corpus, or PubMed alone if ``live``.
        live: search PubMed.
        most: how many articles to read for each local query.

    Returns:
        The articles, best first, with the record of the search.

    Raises:
        SearchFailed: PubMed alone was to be searched and could not be, and no earlier search of the
            same question is stored.
    """
    names = list(corpora) or ([] if live else [DEFAULT_CORPUS])
    queries: tuple[SearchQuery, ...] = ()
    failed: tuple[str, ...] = ()
    notices: list[Notice] = []
    if live:
        name = live_corpus(question)
        try:
            queries, failed, unknown = _fetch(desk, name, question)
            notices += [Notice("search_warning", f"PubMed remarked: {remark}") for remark in unknown]
        except SearchFailed as error:
            failed = (f"PubMed: {error}",)
            if not names and not desk.has_corpus(name):
                raise
        if desk.has_corpus(name):
            names.append(name)
        if failed:
            notices.append(Notice("search_incomplete", _incomplete(failed, desk, name)))
    asked = tuple(local) if names else ()
    retrieve = desk.retriever(names) if names else None
    found = [retrieve(query, most) if retrieve else [] for query in asked]
    unique: dict[str, Found] = {}
    for one in chain.from_iterable(found):
        unique.setdefault(one.article.id, one)
    searched = tuple(_searched(desk, name) for name in names)
    where = ", ".join(f"corpus {one.name}" for one in searched)
    search = Search(
        mode="live" if live else "local",
        corpora=searched,
        queries=queries
        + tuple(
            SearchQuery(where, query, "", _now(), len(hits)) for query, hits in zip(asked, found, strict=True)
        ),
        counts=Counts(identified=sum(map(len, found)), deduplicated=len(unique), screened=len(unique)),
        failed=failed,
    )
    return Gathered(tuple(unique.values()), search, tuple(notices))


def given(articles: Sequence[Article]) -> Gathered:
    """What there is to read where articles are handed over, best first: nothing is searched."""
    found = tuple(Found(one, (), 1.0, "given") for one in {one.id: one for one in articles}.values())
    content = hashlib.sha256("".join(map(content_hash, articles)).encode()).hexdigest()[:12]
    count = len(found)
    corpus = SearchedCorpus("given", content, count, "")
    return Gathered(found, Search("local", (corpus,), counts=Counts(count, count, count)), ())


def live_corpus(question: Question) -> str:
    """Name of the corpus that keeps what PubMed returned for a question.

    Raises:
        BadInput: no word of the question can be searched for.
    """
    queries = pubmed_queries(question)
    if not queries:
        raise BadInput(
            "No word of the question can be searched for in PubMed. Name a condition or a treatment."
        )
    return f"live-{hashlib.sha256(queries[0].encode()).hexdigest()[:10]}"


def _fetch(
    desk: Desk, name: str, question: Question
) -> tuple[tuple[SearchQuery, ...], tuple[str, ...], tuple[str, ...]]:
    """Ask PubMed from the strict query to the broad one until enough is found; keep the records.

    A failure after something was found makes the search incomplete; before that it is an error.

    Returns:
        The queries as run, what failed, and PubMed's remarks on the queries.
    """
    queries: list[SearchQuery] = []
    failed: list[str] = []
    remarks: list[str] = []
    pmids: dict[str, None] = {}
    for query in pubmed_queries(question):
        try:
            result = desk.pubmed.search(query, LIVE_RECORDS)
        except SearchFailed as error:
            if not pmids:
                raise
            failed.append(f"PubMed: {error}")
            break
        queries.append(SearchQuery("PubMed", result.query, result.translation, _now(), result.count))
        remarks += [f"{remark} (in the query {query})" for remark in result.warnings]
        pmids |= dict.fromkeys(result.pmids)
        if len(pmids) >= ENOUGH:
            break
    wanted = list(pmids)[:LIVE_RECORDS]
    articles: list[Article] = []
    try:
        for record in desk.pubmed.fetch(wanted):
            if isinstance(record, Article):
                articles.append(record)
            else:
                failed.append(f"PubMed record {record.pmid or record.where}: {record.reason}")
    except SearchFailed as error:
        if not articles:
            raise
        failed.append(f"PubMed: {error} {len(articles)} of {len(wanted)} records were fetched.")
    desk.corpus(name, create=True).add(articles)
    return tuple(queries), tuple(failed), tuple(remarks)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _searched(desk: Desk, name: str) -> SearchedCorpus:
    corpus = desk.corpus(name)
    return SearchedCorpus(name, corpus.fingerprint, corpus.articles, corpus.built)


def _incomplete(failed: Sequence[str], desk: Desk, name: str) -> str:
    text = "The search of PubMed is incomplete, so what is missing here may exist."
    if desk.has_corpus(name):
        try:
            text += f" Records stored on {desk.corpus(name).built[:10]} are used."
        except CorpusError:
            return text
    return text
