"""Intervals, paired comparisons and spreads: by hand, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from eval.measures.agreement import accuracy, macro_f1
from eval.statistics import compare, compare_statistic, estimate, mean, over_seeds


def names(count):
    return [f"q{n:04}" for n in range(count)]


def agree(pairs):
    return accuracy([one for one, _ in pairs], [other for _, other in pairs])


def macro(pairs):
    return macro_f1([one for one, _ in pairs], [other for _, other in pairs])


def test_a_mean_comes_with_n_its_clusters_and_an_interval_that_holds_it():
    figure = mean([1, 0, 1, 1], ["q1", "q1", "q2", "q3"])
    assert figure is not None
    assert figure.value == 0.75
    assert (figure.n, figure.clusters, figure.unscored) == (4, 3, 0)
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_an_item_without_a_score_is_counted_apart_and_moves_nothing():
    figure = mean([1, None, 0, None], ["a", "a", "b", "c"])
    whole = mean([1, 0], ["a", "b"])
    assert figure is not None
    assert whole is not None
    assert (figure.value, figure.n, figure.clusters, figure.unscored) == (0.5, 2, 2, 2)
    assert (figure.low, figure.high) == (whole.low, whole.high)
    assert mean([None], ["a"]) is None
    assert mean([], []) is None


def test_values_of_one_cluster_do_not_narrow_the_interval():
    spread = mean([0, 1] * 20, names(40))
    bunched = mean([0] * 20 + [1] * 20, ["a"] * 20 + ["b"] * 20)
    assert spread is not None
    assert bunched is not None
    assert bunched.high - bunched.low > spread.high - spread.low


def test_no_fault_among_few_questions_is_no_proof_of_none():
    # exact binomial: (1 - p)^30 = 0.025 at p = 0.1157; three statements a question do not make 90 questions
    figure = mean([0.0] * 90, [name for name in names(30) for _ in range(3)])
    assert figure is not None
    assert (figure.value, figure.low, figure.high) == (0, 0, pytest.approx(0.1157, abs=1e-4))
    figure = mean([1.0] * 30, names(30))
    assert figure is not None
    assert (figure.low, figure.high) == (pytest.approx(0.8843, abs=1e-4), 1)


def test_the_same_seed_gives_the_same_interval():
    values = [n * n % 97 / 97 for n in range(60)]
    assert mean(values, names(60), seed=3) == mean(values, names(60), seed=3)
    assert mean(values, names(60), seed=3) != mean(values, names(60), seed=4)
    backwards = mean(values[::-1], names(60)[::-1], seed=3)
    assert backwards == mean(values, names(60), seed=3)


def test_the_interval_of_a_mean_covers_the_truth_in_about_95_percent_of_samples():
    random, covered = np.random.default_rng(1), 0
    for _ in range(200):  # 50 questions of 1 to 4 items; items of a question share its difficulty
        sizes = random.integers(1, 5, size=50)
        difficulty = random.beta(6, 3, size=50)  # mean 2/3
        values = [
            float(random.random() < p) for p, size in zip(difficulty, sizes, strict=True) for _ in range(size)
        ]
        clusters = [name for name, size in zip(names(50), sizes, strict=True) for _ in range(size)]
        figure = mean(values, clusters, resamples=500)
        assert figure is not None
        covered += figure.low <= 2 / 3 <= figure.high
    assert 180 <= covered <= 199


def test_any_statistic_has_an_interval_and_for_a_mean_it_is_that_of_the_mean():
    random = np.random.default_rng(2)
    items = [("yn"[int(random.random() < 0.4)], "yn"[int(random.random() < 0.5)]) for _ in range(90)]
    clusters = [f"q{n // 3}" for n in range(90)]
    figure = estimate(agree, items, clusters, seed=5, resamples=400)
    same = mean([float(a == b) for a, b in items], clusters, seed=5, resamples=400)
    assert figure is not None
    assert same is not None
    assert (figure.value, figure.low, figure.high) == pytest.approx((same.value, same.low, same.high))
    assert (figure.n, figure.clusters) == (90, 30)
    wide = estimate(macro, items, clusters)
    assert wide is not None
    assert wide.low < wide.value < wide.high


def test_a_statistic_that_is_not_defined_has_no_figure_and_unscored_items_are_counted():
    assert estimate(lambda items: None, [1, 2], ["a", "b"]) is None
    assert estimate(len, [None], ["a"]) is None
    figure = estimate(lambda items: sum(items) / len(items), [1.0, None, 0.0], ["a", "b", "c"])
    assert figure is not None
    assert (figure.value, figure.n, figure.unscored) == (0.5, 2, 1)


def test_runs_are_compared_on_the_items_that_both_have_scored():
    first = {"a": 0.0, "b": 0.0, "c": 1.0, "only": 1.0, "failed": None}
    second = {"a": 1.0, "b": 1.0, "c": 1.0, "other": 0.0, "failed": 1.0}
    told = compare(first, second, {name: name for name in "abc"})
    assert told is not None
    assert (told.first, told.second) == (pytest.approx(1 / 3), 1)
    assert told.difference == pytest.approx(2 / 3)
    assert (told.n, told.clusters, told.left_out) == (3, 3, 3)
    # a and b differ: of the 4 exchanges (++, +-, -+, --) two are as extreme as the one seen
    assert told.p == 0.5
    assert compare({"a": 1.0}, {"b": 1.0}, {}) is None


def test_p_is_exact_for_few_questions_and_exchanges_whole_questions():
    # ten questions, each better by 1 in both of its items: 2 of 1024 exchanges are as extreme
    items = [f"{q}-{n}" for q in range(10) for n in range(2)]
    clusters = {item: item.split("-")[0] for item in items}
    told = compare(dict.fromkeys(items, 0.0), dict.fromkeys(items, 1.0), clusters)
    assert told is not None
    assert told.p == 2 / 1024
    assert (told.n, told.clusters) == (20, 10)
    # were all items one question, nothing could be said
    told = compare(dict.fromkeys(items, 0.0), dict.fromkeys(items, 1.0), dict.fromkeys(items, "q"))
    assert told is not None
    assert told.p == 1


def test_equal_runs_do_not_differ():
    run = {name: float(n % 2) for n, name in enumerate(names(20))}
    told = compare(run, run, {name: name for name in run})
    assert told is not None
    assert (told.difference, told.low, told.high, told.p) == (0, 0, 0, 1)


def test_drawn_exchanges_never_give_a_p_of_0_and_the_same_seed_gives_the_same():
    first = dict.fromkeys(names(40), 0.0)
    second = dict.fromkeys(names(40), 1.0)
    own = {name: name for name in first}
    told = compare(first, second, own, permutations=999)
    assert told is not None
    assert told.p == 1 / 1000
    assert compare(first, second, own, seed=9) == compare(first, second, own, seed=9)


def test_without_a_true_difference_p_is_below_a_twentieth_in_about_one_sample_in_twenty():
    random, rejected = np.random.default_rng(3), 0
    own = {name: name for name in names(40)}
    for _ in range(200):
        skill = random.random(40)
        one, other = ((random.random(40) < skill).astype(float) for _ in range(2))
        told = compare(
            dict(zip(own, one, strict=True)),
            dict(zip(own, other, strict=True)),
            own,
            resamples=50,
            permutations=500,
        )
        assert told is not None
        rejected += told.p < 0.05
    assert 1 <= rejected <= 20


def test_any_statistic_of_two_runs_is_compared_and_for_a_mean_as_the_mean():
    random = np.random.default_rng(4)
    given = {name: "yn"[int(random.random() < 0.5)] for name in names(24)}
    own = {name: f"c{n // 2}" for n, name in enumerate(given)}
    first = {name: (label, "y") for name, label in given.items()}
    second = {name: (label, label if random.random() < 0.8 else "y") for name, label in given.items()}
    told = compare_statistic(agree, first, second, own, seed=1, resamples=300)
    same = compare(
        {name: float(a == b) for name, (a, b) in first.items()},
        {name: float(a == b) for name, (a, b) in second.items()},
        own,
        seed=1,
        resamples=300,
    )
    assert told is not None
    assert same is not None
    assert told.p == same.p  # exact in both, as at most 12 questions differ
    assert (told.difference, told.low, told.high) == pytest.approx((same.difference, same.low, same.high))
    better = compare_statistic(macro, first, second, own, resamples=200)
    assert better is not None
    assert better.first == pytest.approx(macro(list(first.values())))
    assert better.difference == pytest.approx(macro(list(second.values())) - better.first)
    assert compare_statistic(macro, {}, second, own) is None


def test_seeds_have_a_mean_and_a_spread():
    spread = over_seeds([0.70, 0.72, 0.74])
    assert (spread.mean, spread.deviation) == (pytest.approx(0.72), pytest.approx(0.02))
    assert (spread.least, spread.most, spread.seeds) == (0.70, 0.74, 3)
    assert over_seeds([0.7]).deviation is None
    with pytest.raises(ValueError, match="no seeds"):
        over_seeds([])
