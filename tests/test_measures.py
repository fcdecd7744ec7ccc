"""Measures against values worked out by hand and against scikit-learn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures.agreement import accuracy, confusion, f1, macro_f1
from eval.measures.citations import coverage, support_rate
from eval.measures.detection import auc, caught, false_alarms
from eval.statistics import mean

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


def test_agreement_by_hand():
    truth, guess = ["a", "a", "b", "c"], ["a", "b", "b", "b"]
    assert accuracy(truth, guess) == 0.5
    assert f1(truth, guess, "a") == pytest.approx(2 / 3)  # precision 1, recall 1/2
    assert f1(truth, guess, "b") == 0.5  # precision 1/3, recall 1
    assert f1(truth, guess, "c") == 0
    assert macro_f1(truth, guess) == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    assert confusion(truth, guess)["a"] == {"a": 1, "b": 1, "c": 0}


@settings(deadline=None)
@given(LABELS)
def test_agreement_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import accuracy_score, f1_score

    truth, guess = [one for one, _ in pairs], [other for _, other in pairs]
    assert accuracy(truth, guess) == pytest.approx(accuracy_score(truth, guess), abs=1e-9)
    assert macro_f1(truth, guess) == pytest.approx(f1_score(truth, guess, average="macro"), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import roc_auc_score

    scores, faithful = [float(score) for score, _ in pairs], [yes for _, yes in pairs]
    if len(set(faithful)) == 1:
        assert auc(scores, faithful) == 0.5
    else:
        assert auc(scores, faithful) == pytest.approx(roc_auc_score(faithful, scores), abs=1e-9)


def test_an_error_is_caught_if_the_checker_did_not_support_it_and_a_faithful_one_then_is_a_false_alarm():
    supported, faithful = [True, False, True, False], [True, True, False, False]
    assert caught(supported, faithful) == [0.0, 1.0]
    assert false_alarms(supported, faithful) == [0.0, 1.0]


def test_citation_coverage_counts_statements_and_support_rate_counts_citations():
    def statement(*verdicts):
        return {"citations": [{"verdict": verdict} for verdict in verdicts]}

    answer = {"statements": [statement("SUPPORT", "CONTRADICT"), statement("NOT_ENOUGH_INFO"), statement()]}
    assert coverage(answer) == [1.0, 0.0, 0.0]
    assert support_rate(answer) == [1.0, 0.0, 0.0]


def test_a_mean_comes_with_n_its_clusters_and_an_interval_that_holds_it():
    figure = mean([1, 0, 1, 1], ["q1", "q1", "q2", "q3"])
    assert figure is not None
    assert figure.value == 0.75
    assert (figure.n, figure.clusters) == (4, 3)
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_values_of_one_cluster_do_not_narrow_the_interval():
    spread = mean([0, 1] * 20, [str(n) for n in range(40)])
    bunched = mean([0] * 20 + [1] * 20, ["a"] * 20 + ["b"] * 20)
    assert spread is not None
    assert bunched is not None
    assert bunched.high - bunched.low > spread.high - spread.low


def test_the_same_seed_gives_the_same_interval_and_no_values_give_none():
    values = [n * n % 97 / 97 for n in range(60)]
    clusters = [str(n) for n in range(60)]
    assert mean(values, clusters, seed=3) == mean(values, clusters, seed=3)
    assert mean(values, clusters, seed=3) != mean(values, clusters, seed=4)
    assert mean([], []) is None
