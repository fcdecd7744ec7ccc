"""Whether a probability means what it says, and what precision a threshold on it buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Items whose score lies in ``(low, high]`` (the first bin has 0 too): mean score, share positive."""

    low: float
    high: float
    n: int
    score: float
    share: float


def reliability(scores: Sequence[float], positive: Sequence[bool], bins: int = 10) -> list[Bin]:
    """The reliability table: mean score and share of positives in bins of equal width.

    Args:
        scores: probability that the item is positive, 0 to 1.
        positive: whether it is.
        bins: number of bins; a score on an edge belongs to the lower one, as in Guo et al. 2017.

    Returns:
        The bins that hold items, lowest first.
    """
    edges = [n / bins for n in range(bins + 1)]
    members: dict[int, list[tuple[float, bool]]] = {}
    for score, yes in zip(scores, positive, strict=True):
        place = next((n for n in range(bins) if score <= edges[n + 1]), bins - 1)
        members.setdefault(place, []).append((score, yes))
    return [
        Bin(
            edges[place],
            edges[place + 1],
            len(items),
            sum(score for score, _ in items) / len(items),
            sum(yes for _, yes in items) / len(items),
        )
        for place, items in sorted(members.items())
    ]


def calibration_error(scores: Sequence[float], positive: Sequence[bool], bins: int = 10) -> float | None:
    """Expected calibration error: mean gap of score and share over ``reliability``, weighted by n.

    Naeini et al. 2015, Guo et al. 2017. They bin the confidence of the predicted label; here, as for any
    two-class probability, the score of the positive class is binned. The figure depends on the number of bins
    and is biased upwards for few items: state both. None without items.
    """
    if not scores:
        return None
    return sum(one.n * abs(one.score - one.share) for one in reliability(scores, positive, bins)) / len(
        scores
    )


def brier(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Mean squared distance of the score from the outcome, 0 or 1; None without items.

    Brier 1950; as usual for two classes, half of what he summed over both.
    """
    if not scores:
        return None
    return sum((score - yes) ** 2 for score, yes in zip(scores, positive, strict=True)) / len(scores)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is had when a score of at least ``threshold`` counts as positive."""

    threshold: float
    precision: float
    recall: float


def precision_at_recall(
    scores: Sequence[float], positive: Sequence[bool], recall: float
) -> OperatingPoint | None:
    """The highest precision at which at least ``recall`` of the positives are found, and its threshold.

    This reads the precision-recall curve without interpolation, one point for each score that occurs; of
    points with the same precision the one with the higher recall is given. The threshold is chosen on these
    very items, so the figure is optimistic: choose it on development data and report it on other data.

    Returns:
        The point; None without a positive.
    """
    total = sum(positive)
    if not total:
        return None
    pairs = sorted(zip(scores, positive, strict=True), reverse=True)
    points, hits = [], 0
    for n, (score, yes) in enumerate(pairs, start=1):
        hits += yes
        if n == len(pairs) or pairs[n][0] < score:
            points.append(OperatingPoint(score, hits / n, hits / total))
    return max(
        (point for point in points if point.recall >= recall - 1e-12),
        key=lambda point: (point.precision, point.recall),
    )
