"""Ranking measures against values worked out by hand and against ir_measures (pytrec_eval)."""

from __future__ import annotations

import random
from math import log2

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.ranking import Qrel, ScoredDoc, ndcg, ranked, recall, reciprocal_rank, success

QRELS = [Qrel("q", "a", 2), Qrel("q", "b", 1), Qrel("q", "c", 1), Qrel("q", "x", 0)]
RUN = [ScoredDoc("q", "x", 4.0), ScoredDoc("q", "a", 3.0), ScoredDoc("q", "u", 2.0), ScoredDoc("q", "b", 1.0)]


def test_ndcg_by_hand():
    # found: gains 0 2 0 1 at ranks 1 to 4; best: 2 1 1
    best = 2 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert ndcg(QRELS, RUN, 10) == {"q": pytest.approx((2 / log2(3) + 1 / log2(5)) / best)}
    # of the first two only the gain 2 at rank 2 is seen, and the best two are 2 and 1
    assert ndcg(QRELS, RUN, 2) == {"q": pytest.approx((2 / log2(3)) / (2 + 1 / log2(3)))}
    assert ndcg(QRELS, [ScoredDoc("q", "a", 3), ScoredDoc("q", "b", 2), ScoredDoc("q", "c", 1)], 10) == {
        "q": 1
    }


def test_recall_success_and_reciprocal_rank_by_hand():
    assert recall(QRELS, RUN, 10) == {"q": pytest.approx(2 / 3)}
    assert recall(QRELS, RUN, 1) == {"q": 0}
    assert success(QRELS, RUN, 1) == {"q": 0}
    assert success(QRELS, RUN, 2) == {"q": 1}
    assert reciprocal_rank(QRELS, RUN) == {"q": 0.5}
    assert reciprocal_rank(QRELS, RUN, k=1) == {"q": 0}


def test_a_judged_query_without_hits_scores_0_and_a_query_without_judgments_is_left_out():
    assert recall(QRELS, [ScoredDoc("other", "a", 1.0)], 10) == {"q": 0}


def test_equal_scores_are_ranked_by_the_higher_id_whatever_the_order_of_the_file():
    run = [ScoredDoc("q", "b", 1.0), ScoredDoc("q", "c", 1.0), ScoredDoc("q", "a", 1.0)]
    assert ranked(run) == {"q": ["c", "b", "a"]}
    assert ranked(reversed(run)) == {"q": ["c", "b", "a"]}
    # equal as 32-bit floats, which trec_eval holds them in
    assert ranked([ScoredDoc("q", "a", 1.00000001), ScoredDoc("q", "b", 1.0)]) == {"q": ["b", "a"]}


QUERIES = st.sampled_from(["q1", "q2", "q3"])
DOCUMENTS = st.sampled_from([f"d{n}" for n in range(12)])
JUDGED = st.dictionaries(st.tuples(QUERIES, DOCUMENTS), st.integers(-1, 3), min_size=1, max_size=20)
SCORES = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(-5, 5, allow_nan=False, width=64))
FOUND = st.dictionaries(st.tuples(QUERIES, DOCUMENTS), SCORES, min_size=1, max_size=30)


@settings(deadline=None, max_examples=150)
@given(JUDGED, FOUND)
def test_every_measure_is_that_of_trec_eval_ties_and_missing_queries_included(judged, found):
    qrels = [Qrel(query, doc, grade) for (query, doc), grade in judged.items()]
    run = [ScoredDoc(query, doc, score) for (query, doc), score in found.items()]
    ours = {
        "nDCG@10": ndcg(qrels, run, 10),
        "nDCG@3": ndcg(qrels, run, 3),
        "R@1": recall(qrels, run, 1),
        "R@5": recall(qrels, run, 5),
        "RR": reciprocal_rank(qrels, run),
        "Success@3": success(qrels, run, 3),
    }
    measures = [ir_measures.parse_measure(name) for name in ours]
    theirs = list(
        ir_measures.iter_calc(measures, _theirs(ir_measures.Qrel, qrels), _theirs(ir_measures.ScoredDoc, run))
    )
    assert len(theirs) == sum(len(values) for values in ours.values())
    for one in theirs:
        assert ours[str(one.measure)][one.query_id] == pytest.approx(one.value, abs=1e-6), one


@pytest.mark.slow
def test_measures_are_those_of_ranx_to_1e6_where_no_scores_tie():
    """Ranx breaks ties otherwise than trec_eval, which the measures follow; it is an extra of its own."""
    ranx = pytest.importorskip("ranx", reason="ranx is not installed: pip install 'pubmed-rag[references]'")
    draw = random.Random(20)
    documents = [f"d{n}" for n in range(200)]
    judged = {f"q{n}": {one: draw.randint(0, 3) for one in draw.sample(documents, 12)} for n in range(300)}
    for own in judged.values():
        own["d0"] = 1  # ranx does not score a query without a relevant document
    scores = iter(draw.sample(range(10**6), 300 * 100))
    found = {query: {one: float(next(scores)) for one in draw.sample(documents, 100)} for query in judged}
    theirs = ranx.evaluate(
        ranx.Qrels(judged), ranx.Run(found), ["ndcg@10", "recall@5", "recall@100", "mrr"], return_mean=False
    )
    qrels = [Qrel(query, doc, grade) for query, own in judged.items() for doc, grade in own.items()]
    run = [ScoredDoc(query, doc, score) for query, own in found.items() for doc, score in own.items()]
    ours = [ndcg(qrels, run, 10), recall(qrels, run, 5), recall(qrels, run, 100), reciprocal_rank(qrels, run)]
    for mine, values in zip(ours, theirs.values(), strict=True):
        assert [mine[query] for query in sorted(judged)] == pytest.approx(list(values), abs=1e-6)


def _theirs(kind, rows):
    return [kind(*row) for row in rows]
