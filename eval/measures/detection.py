"""How many planted errors a claim checker catches, and how often it alarms without cause."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def caught(supported: Sequence[bool], faithful: Sequence[bool]) -> list[float]:
    """For each statement with an error: 1 if the checker did not support it."""
    return [float(not yes) for yes, good in zip(supported, faithful, strict=True) if not good]


def false_alarms(supported: Sequence[bool], faithful: Sequence[bool]) -> list[float]:
    """For each faithful statement: 1 if the checker did not support it."""
    return [float(not yes) for yes, good in zip(supported, faithful, strict=True) if good]


def auc(scores: Sequence[float], faithful: Sequence[bool]) -> float:
    """Probability that a faithful statement scores above one with an error, ties as half (Mann-Whitney)."""
    good = [score for score, yes in zip(scores, faithful, strict=True) if yes]
    bad = [score for score, yes in zip(scores, faithful, strict=True) if not yes]
    if not good or not bad:
        return 0.5
    bad.sort()
    below = sum(bisect_left(bad, score) + bisect_right(bad, score) for score in good)
    return below / (2 * len(good) * len(bad))
