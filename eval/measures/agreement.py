"""Agreement of predicted labels with given ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal


def accuracy(given: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Share of items whose predicted label is the given one; 0 for no items."""
    pairs = list(zip(given, predicted, strict=True))
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else 0.0


def f1(given: Sequence[Hashable], predicted: Sequence[Hashable], label: Hashable) -> float:
    """Harmonic mean of precision and recall of one label, 0 where it never occurs (van Rijsbergen 1979)."""
    hits = list(zip(given, predicted, strict=True)).count((label, label))
    total = list(given).count(label) + list(predicted).count(label)
    return 2 * hits / total if total else 0.0


def macro_f1(given: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Unweighted mean of the F1 of every label that is given or predicted.

    This is the mean of the F1 scores; the F1 of the mean precision and the mean recall is another figure, and
    the higher one (Opitz and Burst 2019).
    """
    hits = Counter(one for one, other in zip(given, predicted, strict=True) if one == other)
    totals = Counter(given) + Counter(predicted)
    return sum(2 * hits[label] / total for label, total in totals.items()) / len(totals) if totals else 0.0


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Precision, recall and F1 of one label, each 0 where it has no denominator; ``n`` items are given it."""

    precision: float
    recall: float
    f1: float
    n: int


def per_label(given: Sequence[str], predicted: Sequence[str]) -> dict[str, LabelScores]:
    """Precision, recall and F1 of every label that is given or predicted, in alphabetical order."""
    hits = Counter(one for one, other in zip(given, predicted, strict=True) if one == other)
    wanted, named = Counter(given), Counter(predicted)
    return {
        label: LabelScores(
            precision=hits[label] / named[label] if named[label] else 0.0,
            recall=hits[label] / wanted[label] if wanted[label] else 0.0,
            f1=f1(given, predicted, label),
            n=wanted[label],
        )
        for label in sorted(set(given) | set(predicted))
    }


def kappa(given: Sequence[Hashable], predicted: Sequence[Hashable]) -> float | None:
    """Agreement beyond that of two independent raters with the same use of the labels (Cohen 1960).

    Returns:
        1 for full agreement, 0 for that of chance, below 0 for less; None where chance alone agrees fully
        (both use one label only), so that nothing can be said.
    """
    return _kappa(given, predicted, lambda one, other: float(one != other))


def weighted_kappa(
    given: Sequence[Hashable],
    predicted: Sequence[Hashable],
    levels: Sequence[Hashable],
    weights: Literal["linear", "quadratic"] = "quadratic",
) -> float | None:
    """Agreement on an ordered scale, where a near miss is a lesser disagreement (Cohen 1968).

    Linear weights count the levels between two ratings, quadratic ones their square. Quadratic weights are
    the more usual and give the higher figures: name the weights with the figure.

    Args:
        given: one level an item.
        predicted: the same.
        levels: every level in its order; levels that are never used do not change the figure, only the
            distances between those that are.
        weights: how a disagreement grows with the distance.

    Returns:
        As ``kappa``.

    Raises:
        ValueError: a rating is none of the levels.
    """
    place = {level: n for n, level in enumerate(levels)}
    unknown = (set(given) | set(predicted)) - set(place)
    if unknown:
        raise ValueError(f"not among the levels: {sorted(map(str, unknown))}")
    power = 1 if weights == "linear" else 2
    return _kappa(given, predicted, lambda one, other: float(abs(place[one] - place[other]) ** power))


def _kappa(
    given: Sequence[Hashable],
    predicted: Sequence[Hashable],
    disagreement: Callable[[Hashable, Hashable], float],
) -> float | None:
    together = Counter(zip(given, predicted, strict=True))
    first, second = Counter(given), Counter(predicted)
    observed = sum(n * disagreement(*pair) for pair, n in together.items())
    expected = sum(
        n * m * disagreement(one, other) for one, n in first.items() for other, m in second.items()
    )
    return 1 - observed * len(given) / expected if expected else None


def confusion(given: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts by given label, then by predicted label."""
    counts = Counter(zip(given, predicted, strict=True))
    labels = sorted(set(given) | set(predicted))
    return {one: {other: counts[one, other] for other in labels} for one in labels}
