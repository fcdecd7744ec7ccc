"""Intervals and comparisons: every figure is shown with its n and an interval clustered by question.

Items of one question (its statements, its citations, its claims) are no independent evidence, so questions
are resampled, with all their items (Field and Welsh 2007). A value of None is an item that could not be
scored: it is counted apart and is neither 0 nor 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Floats = NDArray[np.float64]

LEVEL = 0.95
"""Coverage of every interval."""

EXACT_UP_TO = 12
"""Clusters that differ, up to which every permutation is tried: 2^12."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, the items it rests on, their clusters, and the items not scored.

    With one cluster there is nothing to resample: ``low`` and ``high`` say nothing about other questions.
    """

    value: float
    low: float
    high: float
    n: int
    clusters: int
    unscored: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a second run differs from a first on the items that both have scored.

    ``difference`` is second minus first, ``p`` two-sided; ``left_out`` counts the items that only one run has
    or that one of them could not score.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    n: int
    clusters: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over several seeds: mean, sample standard deviation (None for one seed), least, most."""

    mean: float
    deviation: float | None
    least: float
    most: float
    seeds: int


def mean(
    values: Sequence[float | None], clusters: Sequence[str], seed: int = 0, resamples: int = 2_000
) -> Estimate | None:
    """Mean with a percentile bootstrap interval that resamples clusters.

    Where every value is 0, or every value is 1, resampling shows no spread, though few clusters prove little.
    The open end of the interval is then the exact binomial bound for that many clusters (Clopper and Pearson
    1934): for no error in 30 questions, not 0 but 0.116.

    Args:
        values: one an item; None for an item that could not be scored.
        clusters: the question or abstract that each value belongs to, same length.
        seed: of the resampling.
        resamples: number of bootstrap samples.

    Returns:
        The mean, or None if nothing is scored.
    """
    pairs = [(v, c) for v, c in zip(values, clusters, strict=True) if v is not None]
    if not pairs:
        return None
    sums, counts = _totals([v for v, _ in pairs], [c for _, c in pairs])
    draws = _draws(len(sums), seed, resamples)
    low, high = _interval(sums[draws].sum(axis=1) / counts[draws].sum(axis=1))
    value = float(sums.sum() / counts.sum())
    if all(v == 0 for v, _ in pairs):
        high = 1 - ((1 - LEVEL) / 2) ** (1 / len(sums))
    elif all(v == 1 for v, _ in pairs):
        low = ((1 - LEVEL) / 2) ** (1 / len(sums))
    return Estimate(value, low, high, len(pairs), len(sums), len(values) - len(pairs))


def estimate(
    statistic: Callable[[Sequence[T]], float | None],
    items: Sequence[T | None],
    clusters: Sequence[str],
    seed: int = 0,
    resamples: int = 1_000,
) -> Estimate | None:
    """Any statistic of the items with a percentile bootstrap interval that resamples clusters.

    For macro-F1, kappa, an F1 of means: whatever is not a mean of one value an item.

    Args:
        statistic: a figure from items; None where it is not defined, e.g. kappa with one label.
        items: what the statistic reads; None for an item that could not be scored.
        clusters: the question or abstract that each item belongs to, same length.
        seed: of the resampling.
        resamples: number of bootstrap samples; those in which the statistic is not defined are left out.

    Returns:
        The figure, or None if nothing is scored or the statistic is not defined.
    """
    pairs = [(item, c) for item, c in zip(items, clusters, strict=True) if item is not None]
    value = statistic([item for item, _ in pairs]) if pairs else None
    if value is None:
        return None
    groups = _groups(pairs)
    draws = _draws(len(groups), seed, resamples)
    figures = [statistic([item for g in draw for item in groups[g]]) for draw in draws]
    low, high = _interval([figure for figure in figures if figure is not None])
    return Estimate(float(value), low, high, len(pairs), len(groups), len(items) - len(pairs))


def compare(
    first: Mapping[str, float | None],
    second: Mapping[str, float | None],
    clusters: Mapping[str, str],
    seed: int = 0,
    resamples: int = 2_000,
    permutations: int = 10_000,
) -> Comparison | None:
    """Compare the means of two runs, paired by item and clustered by question.

    The interval is a percentile bootstrap of the mean difference that resamples clusters. The p value is that
    of the paired permutation test (Fisher 1935; for systems: Smucker et al. 2007): under the null hypothesis
    the two outcomes of a cluster may be exchanged, all its items together. If few clusters differ, every
    exchange is tried; else ``permutations`` are drawn and p is (1 + as extreme) / (1 + drawn), so never 0
    (Phipson and Smyth 2010).

    Args:
        first: value by item id; None where the item could not be scored.
        second: the same of the other run.
        clusters: cluster by item id, for every item that both runs have.
        seed: of the resampling.
        resamples: number of bootstrap samples.
        permutations: number drawn where not all are tried.

    Returns:
        The comparison, or None if no item is scored in both.
    """
    shared = _shared(first, second)
    if not shared:
        return None
    sums, counts = _totals([b - a for _, a, b in shared], [clusters[item] for item, _, _ in shared])
    draws = _draws(len(sums), seed, resamples)
    low, high = _interval(sums[draws].sum(axis=1) / counts[draws].sum(axis=1))
    differing = sums[sums != 0]
    extremes = np.abs(_signs(len(differing), seed, permutations) @ differing)
    return Comparison(
        first=fmean(a for _, a, _ in shared),
        second=fmean(b for _, _, b in shared),
        difference=float(sums.sum() / counts.sum()),
        low=low,
        high=high,
        p=_p(extremes, abs(float(differing.sum())), len(differing)),
        n=len(shared),
        clusters=len(sums),
        left_out=len(first.keys() | second.keys()) - len(shared),
    )


def compare_statistic(
    statistic: Callable[[Sequence[T]], float | None],
    first: Mapping[str, T | None],
    second: Mapping[str, T | None],
    clusters: Mapping[str, str],
    seed: int = 0,
    resamples: int = 1_000,
    permutations: int = 1_000,
) -> Comparison | None:
    """Compare any statistic of two runs, paired by item and clustered by question.

    As ``compare``; bootstrap samples and permutations in which the statistic is not defined are left out.

    Returns:
        The comparison, or None if no item is scored in both or the statistic is not defined.
    """
    shared = _shared(first, second)
    before = statistic([a for _, a, _ in shared]) if shared else None
    after = statistic([b for _, _, b in shared]) if shared else None
    if before is None or after is None:
        return None
    groups = _groups([((a, b), clusters[item]) for item, a, b in shared])

    def difference(pairs: Sequence[tuple[T, T]]) -> float | None:
        one, other = statistic([a for a, _ in pairs]), statistic([b for _, b in pairs])
        return None if one is None or other is None else other - one

    draws = _draws(len(groups), seed, resamples)
    sampled = [difference([pair for g in draw for pair in groups[g]]) for draw in draws]
    low, high = _interval([figure for figure in sampled if figure is not None])
    differing = [n for n, group in enumerate(groups) if any(a != b for a, b in group)]
    exchanged = []
    for signs in _signs(len(differing), seed, permutations):
        swap = {n for n, sign in zip(differing, signs, strict=True) if sign < 0}
        pairs = [(b, a) if n in swap else (a, b) for n, group in enumerate(groups) for a, b in group]
        exchanged.append(difference(pairs))
    extremes = np.abs([figure for figure in exchanged if figure is not None])
    return Comparison(
        first=before,
        second=after,
        difference=after - before,
        low=low,
        high=high,
        p=_p(extremes, abs(after - before), len(differing)),
        n=len(shared),
        clusters=len(groups),
        left_out=len(first.keys() | second.keys()) - len(shared),
    )


def over_seeds(values: Sequence[float]) -> Spread:
    """The spread of one figure over runs that differ in their seed only.

    It tells how much chance in the run moves the figure; the interval of each run tells how much the choice
    of questions does. Neither stands for the other.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no seeds")
    deviation = stdev(values) if len(values) > 1 else None
    return Spread(fmean(values), deviation, min(values), max(values), len(values))


def _shared(first: Mapping[str, T | None], second: Mapping[str, T | None]) -> list[tuple[str, T, T]]:
    both = ((item, first[item], second[item]) for item in first if item in second)
    return [(item, a, b) for item, a, b in both if a is not None and b is not None]


def _groups(pairs: Iterable[tuple[T, str]]) -> list[list[T]]:
    """The items of each cluster, in order of the clusters' names: a seed means the same in any order."""
    groups: dict[str, list[T]] = {}
    for item, cluster in pairs:
        groups.setdefault(cluster, []).append(item)
    return [groups[name] for name in sorted(groups)]


def _totals(values: Sequence[float], clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and number of the values of each cluster."""
    groups = _groups(zip(values, clusters, strict=True))
    return np.array([sum(group) for group in groups], dtype=float), np.array(
        [len(group) for group in groups], dtype=float
    )


def _draws(clusters: int, seed: int, resamples: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, clusters, size=(resamples, clusters))


def _interval(figures: Sequence[float] | Floats) -> tuple[float, float]:
    low, high = np.quantile(figures, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _signs(clusters: int, seed: int, permutations: int) -> Floats:
    """Rows of +1 and -1, one column a cluster: all of them for few clusters, else drawn."""
    if clusters <= EXACT_UP_TO:
        bits = np.arange(2**clusters)[:, None] >> np.arange(clusters)[None, :]
        return np.where(bits & 1, -1.0, 1.0)
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(permutations, clusters))


def _p(extremes: Floats, observed: float, clusters: int) -> float:
    as_extreme = int(np.sum(extremes >= observed - 1e-9))
    exact = clusters <= EXACT_UP_TO
    return as_extreme / len(extremes) if exact else (1 + as_extreme) / (1 + len(extremes))
