"""Retrieval collections: each format -> articles, queries and the relevance of articles to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from eval.datasets.lines import qrels, read
from eval.datasets.pooled import beir_article, over_pool
from eval.datasets.questions import bioasq, pubmedqa
from eval.records import Collection

Files = Mapping[str, Path]


def beir(files: Files) -> Collection:
    """BEIR's form (Thakur et al. 2021): ``documents``, ``queries``, ``qrels``; judged queries only."""
    judged = qrels(files["qrels"])
    queries = {row["_id"]: row["text"] for row in read(files["queries"], lambda row: row)}
    return Collection(
        tuple(read(files["documents"], beir_article)),
        {name: text for name, text in queries.items() if name in judged},
        judged,
        "beir",
    )


def bioasq_documents(files: Files) -> Collection:
    """BioASQ's questions with the documents that experts marked; the pool is all snippets."""
    questions, articles = bioasq(files, yes_no=False)
    return Collection(
        tuple(articles),
        {one.id: one.text for one in questions},
        {one.id: {article.id: 1 for article in one.gold} for one in questions},
        "bioasq",
    )


def pubmedqa_abstracts(files: Files) -> Collection:
    """PubMedQA's questions, each with its own abstract as the one relevant document."""
    questions, articles = pubmedqa(files)
    return Collection(
        tuple(articles),
        {one.id: one.text for one in questions},
        {one.id: {article.id: 1 for article in one.gold} for one in questions},
        "pubmedqa",
    )


FORMATS: dict[str, Callable[[Files], Collection]] = {
    "beir": beir,
    "bioasq": bioasq_documents,
    "pubmedqa": pubmedqa_abstracts,
    "pooled-bioasq": over_pool("bioasq", bioasq_documents),
    "pooled-pubmedqa": over_pool("pubmedqa", pubmedqa_abstracts),
    "pooled-scifact": over_pool("scifact", beir),
}
"""The table of formats."""
