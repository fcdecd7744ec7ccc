"""Ranking: what the retriever finds for queries whose relevant articles are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.datasets.ranking import FORMATS
from eval.measures import ranking
from eval.measures.ranking import Qrel, ScoredDoc
from eval.records import Collection, Figure, Measured, Outcome, Unit
from eval.tasks.job import Job, Task
from rag.errors import BadInput
from rag.library.passages import MAX_WORDS, windows
from rag.records import Article, Section


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the grades of the articles that were judged for it."""

    id: str
    text: str
    relevant: Mapping[str, int]


def items(job: Job) -> list[Query]:
    """The judged queries of the suite."""
    collection = _collection(job)
    return [Query(name, text, collection.qrels[name]) for name, text in collection.queries.items()]


def run(job: Job) -> Callable[[Query], Outcome]:
    """Retrieve the first ``k`` articles for a query."""
    collection = _collection(job)
    articles = [chunked(article, job.number("chunking")) for article in collection.articles]
    rank = job.bench.ranker(job.bench.pool(collection.name, articles))
    k = job.number("k")

    def find(query: Query) -> Outcome:
        return {
            "id": query.id,
            "cluster": query.id,
            "query": query.text,
            "relevant": dict(query.relevant),
            "found": rank(query.text, k),
        }

    return find


def chunked(article: Article, most: int) -> Article:
    """The article with sections so short that each is one passage of at most ``most`` words.

    Raises:
        BadInput: passages of this size are not made.
    """
    if not 1 <= most <= MAX_WORDS:
        raise BadInput(f"chunking={most} is not possible. Passages have from 1 to {MAX_WORDS} words.")
    if most == MAX_WORDS:
        return article
    cut = (Section(one.label, part.text) for one in article.sections for part in windows(one.text, most))
    return replace(article, sections=tuple(cut))


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """nDCG@10, recall at 10 and 100, the first hit's reciprocal rank, and R@1, query by query."""
    qrels = [
        Qrel(one["id"], doc, grade) for one in outcomes for doc, grade in one["relevant"].items() if grade > 0
    ]
    # The order that was found is kept whatever ties the scores had.
    run = [
        ScoredDoc(one["id"], doc, float(-rank)) for one in outcomes for rank, doc in enumerate(one["found"])
    ]
    return Measured(
        {
            "nDCG@10": _figure(ranking.ndcg(qrels, run, 10)),
            "recall@10": _figure(ranking.recall(qrels, run, 10)),
            "recall@100": _figure(ranking.recall(qrels, run, 100)),
            "RR": _figure(ranking.reciprocal_rank(qrels, run)),
            "R@1": _figure(ranking.success(qrels, run, 1)),
        }
    )


TASK = Task(items, run, measure, {"k": 100, "retrieval": "tuned", "chunking": MAX_WORDS})


def _collection(job: Job) -> Collection:
    return FORMATS[job.suite.data.format](job.files)


def _figure(by_query: Mapping[str, float]) -> Figure:
    return Figure([Unit(query, query, value) for query, value in by_query.items()])
