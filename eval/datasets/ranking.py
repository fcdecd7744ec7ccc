"""Retrieval collections: each format -> articles, queries and the relevance of articles to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eval.datasets.lines import qrels, read
from eval.datasets.questions import bioasq, pubmedqa
from eval.records import Collection
from rag.records import Article, Section

Files = Mapping[str, Path]
Row = dict[str, Any]


def beir(files: Files) -> Collection:
    """BEIR's form (Thakur et al. 2021): ``documents``, ``queries``, ``qrels``; judged queries only."""

    def document(row: Row) -> Article:
        return Article(row["_id"], row.get("title") or "", (Section("", row["text"]),))

    judged = qrels(files["qrels"])
    queries = {row["_id"]: row["text"] for row in read(files["queries"], lambda row: row)}
    return Collection(
        tuple(read(files["documents"], document)),
        {name: text for name, text in queries.items() if name in judged},
        judged,
    )


def bioasq_documents(files: Files) -> Collection:
    """BioASQ's questions with the documents that experts marked; the pool is all snippets."""
    questions, articles = bioasq(files, yes_no=False)
    return Collection(
        tuple(articles),
        {one.id: one.text for one in questions},
        {one.id: {article.id: 1 for article in one.gold} for one in questions},
    )


def pubmedqa_abstracts(files: Files) -> Collection:
    """PubMedQA's questions, each with its own abstract as the one relevant document."""
    questions, articles = pubmedqa(files)
    return Collection(
        tuple(articles),
        {one.id: one.text for one in questions},
        {one.id: {article.id: 1 for article in one.gold} for one in questions},
    )


FORMATS: dict[str, Callable[[Files], Collection]] = {
    "beir": beir,
    "bioasq": bioasq_documents,
    "pubmedqa": pubmedqa_abstracts,
}
"""The table of formats."""
