"""Agreement, detection, calibration and abstention against hand-made values and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures import abstention
from eval.measures.agreement import accuracy, confusion, f1, kappa, macro_f1, per_label, weighted_kappa
from eval.measures.calibration import Bin, brier, calibration_error, precision_at_recall, reliability
from eval.measures.detection import auc, caught, false_alarms

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)
LEVELS = ["very_low", "low", "moderate", "high"]
RATINGS = st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=1, max_size=40)
PROBABILITIES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]))
SCORED = st.lists(st.tuples(PROBABILITIES, st.booleans()), min_size=1, max_size=50)


def test_agreement_by_hand():
    truth, guess = ["a", "a", "b", "c"], ["a", "b", "b", "b"]
    assert accuracy(truth, guess) == 0.5
    assert f1(truth, guess, "a") == pytest.approx(2 / 3)  # precision 1, recall 1/2
    assert f1(truth, guess, "b") == 0.5  # precision 1/3, recall 1
    assert f1(truth, guess, "c") == 0
    assert macro_f1(truth, guess) == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    assert confusion(truth, guess)["a"] == {"a": 1, "b": 1, "c": 0}


def test_each_label_has_its_precision_and_recall():
    scores = per_label(["a", "a", "b", "c"], ["a", "b", "b", "b"])
    assert (scores["a"].precision, scores["a"].recall, scores["a"].n) == (1, 0.5, 2)
    assert (scores["b"].precision, scores["b"].recall, scores["b"].n) == (pytest.approx(1 / 3), 1, 1)
    assert (scores["c"].precision, scores["c"].recall, scores["c"].f1) == (0, 0, 0)


def test_kappa_by_hand():
    # agreement 3/4; by chance (1/2)(3/4) + (1/2)(1/4) = 1/2; (3/4 - 1/2) / (1/2)
    assert kappa(["y", "y", "n", "n"], ["y", "y", "n", "y"]) == pytest.approx(0.5)
    assert kappa(["y", "n"], ["n", "y"]) == -1
    assert kappa(["y", "y"], ["y", "y"]) is None


def test_weighted_kappa_by_hand_forgives_a_near_miss():
    given_, near, far = ["low", "high"], ["moderate", "high"], ["high", "high"]
    # linear: observed (1 + 0) / 2; expected over the 4 pairs (1 + 2 + 1 + 0) / 4
    assert weighted_kappa(given_, near, LEVELS, "linear") == pytest.approx(1 - 0.5 / 1)
    # quadratic: observed (1 + 0) / 2; expected (1 + 4 + 1 + 0) / 4
    assert weighted_kappa(given_, near, LEVELS, "quadratic") == pytest.approx(1 - 0.5 / 1.5)
    assert weighted_kappa(given_, far, LEVELS, "linear") == 0
    with pytest.raises(ValueError, match="excellent"):
        weighted_kappa(["low"], ["excellent"], LEVELS)


@settings(deadline=None, max_examples=60)
@given(LABELS)
def test_agreement_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    truth, guess = [one for one, _ in pairs], [other for _, other in pairs]
    assert accuracy(truth, guess) == pytest.approx(accuracy_score(truth, guess), abs=1e-9)
    assert macro_f1(truth, guess) == pytest.approx(f1_score(truth, guess, average="macro"), abs=1e-9)
    ours = per_label(truth, guess)
    theirs = precision_recall_fscore_support(truth, guess, labels=sorted(ours), zero_division=0)
    for (label, one), *row in zip(ours.items(), *theirs, strict=True):
        assert [one.precision, one.recall, one.f1, one.n] == pytest.approx(row, abs=1e-9), label


@settings(deadline=None, max_examples=60)
@given(RATINGS)
def test_kappa_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import cohen_kappa_score

    truth, guess = [one for one, _ in pairs], [other for _, other in pairs]
    if len({*truth, *guess}) == 1:
        assert kappa(truth, guess) is None
        assert weighted_kappa(truth, guess, LEVELS) is None
        return
    assert kappa(truth, guess) == pytest.approx(cohen_kappa_score(truth, guess), abs=1e-9)
    for weights in ("linear", "quadratic"):
        theirs = cohen_kappa_score(truth, guess, labels=LEVELS, weights=weights)
        assert weighted_kappa(truth, guess, LEVELS, weights) == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None, max_examples=60)
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


def test_calibration_by_hand():
    scores, positive = [0.1, 0.1, 0.9, 0.8], [False, True, True, True]
    assert reliability(scores, positive, bins=2) == [
        Bin(0.0, 0.5, 2, pytest.approx(0.1), 0.5),
        Bin(0.5, 1.0, 2, pytest.approx(0.85), 1.0),
    ]
    # half the items are off by 0.4, half by 0.15
    assert calibration_error(scores, positive, bins=2) == pytest.approx(0.275)
    assert brier(scores, positive) == pytest.approx((0.01 + 0.81 + 0.01 + 0.04) / 4)
    assert calibration_error([], []) is None
    assert brier([], []) is None


def test_a_score_on_an_edge_belongs_to_the_lower_bin():
    assert [(one.low, one.n) for one in reliability([0.0, 0.5, 1.0], [True] * 3, bins=2)] == [
        (0.0, 2),
        (0.5, 1),
    ]


def test_precision_at_a_recall_by_hand():
    scores, positive = [0.9, 0.8, 0.7, 0.6, 0.5], [True, True, False, True, False]
    point = precision_at_recall(scores, positive, 0.5)
    assert point is not None
    assert (point.threshold, point.precision, point.recall) == (0.8, 1.0, pytest.approx(2 / 3))
    point = precision_at_recall(scores, positive, 1.0)
    assert point is not None
    assert (point.threshold, point.precision) == (0.6, 0.75)
    assert precision_at_recall([0.5], [False], 0.5) is None
    # equal scores cannot be told apart by a threshold
    point = precision_at_recall([0.7, 0.7], [True, False], 0.5)
    assert point is not None
    assert point.precision == 0.5


@settings(deadline=None, max_examples=80)
@given(SCORED, st.sampled_from([0.2, 0.5, 0.8, 1.0]), st.integers(1, 15))
def test_calibration_and_the_curve_are_those_of_scikit_learn(pairs, recall, bins):
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import brier_score_loss, precision_recall_curve

    scores, positive = [score for score, _ in pairs], [yes for _, yes in pairs]
    shares, means = calibration_curve(positive, scores, n_bins=bins)
    table = reliability(scores, positive, bins)
    assert [one.share for one in table] == pytest.approx(shares, abs=1e-6)
    assert [one.score for one in table] == pytest.approx(means, abs=1e-6)
    assert brier(scores, positive) == pytest.approx(
        brier_score_loss(positive, scores, pos_label=True), abs=1e-6
    )
    if any(positive):
        precisions, recalls, _ = precision_recall_curve(positive, scores)
        point = precision_at_recall(scores, positive, recall)
        assert point is not None
        best = np.max(precisions[:-1][recalls[:-1] >= recall - 1e-12])
        assert point.precision == pytest.approx(best, abs=1e-6)
        chosen = [yes for score, yes in pairs if score >= point.threshold]
        assert sum(chosen) / len(chosen) == pytest.approx(point.precision, abs=1e-9)
        assert sum(chosen) / sum(positive) == pytest.approx(point.recall, abs=1e-9)


def test_abstention_by_hand():
    unanswerable = [True, True, False, False, False]
    did = [True, False, True, False, False]
    assert abstention.precision(unanswerable, did) == 0.5
    assert abstention.recall(unanswerable, did) == 0.5
    assert abstention.over_refusal(unanswerable, did) == pytest.approx(1 / 3)
    assert abstention.precision([True], [False]) is None
    assert abstention.recall([False], [False]) is None
    assert abstention.over_refusal([True], [True]) is None


def test_only_verdicts_without_a_claim_are_abstentions():
    def kind(name):
        return {"verdict": {"kind": name}}

    assert abstention.abstained(kind("not_answerable"))
    assert abstention.abstained(kind("no_direct_evidence"))
    # the sources themselves are inconclusive: that is an answer
    assert not abstention.abstained(kind("uncertain"))
