"""How well a run ranks what is known to be relevant, query by query.

Every measure gives one value for each query that has judgments. A query that the run does not answer scores
0 and so does one without a relevant document (as ir_measures and BEIR count; trec_eval without ``-c`` leaves
out the first kind); queries without judgments are left out. A document without judgment counts as not
relevant, a negative relevance as 0. A document is relevant from relevance 1 on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np


class Qrel(NamedTuple):
    """How relevant a document is to a query: 0 is not; what higher grades mean is the data's."""

    query_id: str
    doc_id: str
    relevance: int


class ScoredDoc(NamedTuple):
    """One document of a run with the score that ranks it."""

    query_id: str
    doc_id: str
    score: float


def ranked(run: Iterable[ScoredDoc]) -> dict[str, list[str]]:
    """The document ids of each query, best first, each once.

    Ties are broken as trec_eval breaks them: scores are compared as 32-bit floats, and of two equal ones the
    document with the higher id, character by character, comes first, whatever ranks the run itself claims.
    """
    by_query: dict[str, list[ScoredDoc]] = {}
    for one in run:
        by_query.setdefault(one.query_id, []).append(one)
    return {
        query: list(
            dict.fromkeys(
                one.doc_id
                for one in sorted(
                    found, key=lambda one: (float(np.float32(one.score)), one.doc_id), reverse=True
                )
            )
        )
        for query, found in by_query.items()
    }


def ndcg(qrels: Iterable[Qrel], run: Iterable[ScoredDoc], k: int) -> dict[str, float]:
    """Normalised discounted cumulated gain of the first ``k`` (Järvelin and Kekäläinen 2002), by query.

    The gain is the relevance itself and the discount log2(rank + 1), as trec_eval's ndcg_cut and BEIR have
    it. The other convention, a gain of 2^relevance - 1 (Burges et al. 2005), gives other figures wherever
    relevance is graded; for relevance 0 and 1 both agree.
    """

    def value(relevance: dict[str, int], documents: list[str]) -> float:
        best = _dcg(sorted(relevance.values(), reverse=True)[:k])
        return _dcg([relevance.get(doc, 0) for doc in documents[:k]]) / best if best else 0.0

    return _by_query(qrels, run, value)


def recall(qrels: Iterable[Qrel], run: Iterable[ScoredDoc], k: int) -> dict[str, float]:
    """Share of the relevant documents that are among the first ``k``, by query; R@1 is ``recall(..., 1)``.

    Some call ``success`` recall@k; the two agree only where each query has one relevant document.
    """

    def value(relevance: dict[str, int], documents: list[str]) -> float:
        relevant = {doc for doc, grade in relevance.items() if grade > 0}
        return len(relevant.intersection(documents[:k])) / len(relevant) if relevant else 0.0

    return _by_query(qrels, run, value)


def success(qrels: Iterable[Qrel], run: Iterable[ScoredDoc], k: int) -> dict[str, float]:
    """1 for a query with any relevant document among the first ``k``, else 0 (also called hit rate)."""

    def value(relevance: dict[str, int], documents: list[str]) -> float:
        return float(any(relevance.get(doc, 0) > 0 for doc in documents[:k]))

    return _by_query(qrels, run, value)


def reciprocal_rank(
    qrels: Iterable[Qrel], run: Iterable[ScoredDoc], k: int | None = None
) -> dict[str, float]:
    """1 / rank of the first relevant document, by query (Kantor and Voorhees 2000); its mean is the MRR.

    Args:
        qrels: the judgments.
        run: the documents found.
        k: ranks beyond it count as not found; trec_eval's recip_rank has no such bound.

    Returns:
        A value for each judged query.
    """

    def value(relevance: dict[str, int], documents: list[str]) -> float:
        ranks = (n for n, doc in enumerate(documents[:k], start=1) if relevance.get(doc, 0) > 0)
        first = next(ranks, None)
        return 1 / first if first else 0.0

    return _by_query(qrels, run, value)


def _by_query(
    qrels: Iterable[Qrel], run: Iterable[ScoredDoc], value: Callable[[dict[str, int], list[str]], float]
) -> dict[str, float]:
    judged: dict[str, dict[str, int]] = {}
    for one in qrels:
        judged.setdefault(one.query_id, {})[one.doc_id] = max(one.relevance, 0)
    found = ranked(run)
    return {query: value(relevance, found.get(query, [])) for query, relevance in judged.items()}


def _dcg(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
