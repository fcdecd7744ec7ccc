"""Intervals: every mean is shown with its n and a bootstrap interval clustered by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval, the number of values and of the clusters they fall in."""

    value: float
    low: float
    high: float
    n: int
    clusters: int


def mean(
    values: Sequence[float], clusters: Sequence[str], seed: int = 0, resamples: int = 2_000
) -> Mean | None:
    """Mean with a percentile bootstrap interval that resamples clusters (Field and Welsh 2007).

    Args:
        values: one a unit; units that could not be scored are left out by the caller and counted apart.
        clusters: the question or abstract that each value belongs to, same length.
        seed: of the resampling.
        resamples: number of bootstrap samples.

    Returns:
        The mean, or None without values.
    """
    if not values:
        return None
    names = sorted(set(clusters))
    place = {name: index for index, name in enumerate(names)}
    index = np.array([place[name] for name in clusters])
    sums = np.bincount(index, weights=np.asarray(values, dtype=float))
    counts = np.bincount(index).astype(float)
    draws = np.random.default_rng(seed).integers(0, len(names), size=(resamples, len(names)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Mean(float(sums.sum() / counts.sum()), float(low), float(high), len(values), len(names))
