"""Ranking: what the retriever finds for queries whose relevant articles are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.datasets.ranking import FORMATS
from eval.measures import ranking
from eval.measures.ranking import Qrel, ScoredDoc
from eval.records import Collection, Figure, Measured, Outcome, Unit
from eval.tasks.job import Job, Task


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
    pool = job.bench.pool(job.suite.data.format, _collection(job).articles)
    k = job.number("k")

    def find(query: Query) -> Outcome:
        return {
            "id": query.id,
            "cluster": query.id,
            "query": query.text,
            "relevant": dict(query.relevant),
            "found": job.bench.rank([pool], query.text, k),
        }

    return find


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


TASK = Task(items, run, measure, {"k": 100, "retrieval": "hybrid"})


def _collection(job: Job) -> Collection:
    return FORMATS[job.suite.data.format](job.files)


def _figure(by_query: Mapping[str, float]) -> Figure:
    return Figure([Unit(query, query, value) for query, value in by_query.items()])
