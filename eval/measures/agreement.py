"""Agreement of predicted labels with given ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def accuracy(given: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Share of items whose predicted label is the given one; 0 for no items."""
    pairs = list(zip(given, predicted, strict=True))
    return sum(one == other for one, other in pairs) / len(pairs) if pairs else 0.0


def f1(given: Sequence[Hashable], predicted: Sequence[Hashable], label: Hashable) -> float:
    """Harmonic mean of precision and recall of one label, 0 where it never occurs (van Rijsbergen 1979)."""
    hits = sum(one == other == label for one, other in zip(given, predicted, strict=True))
    total = sum(one == label for one in given) + sum(one == label for one in predicted)
    return 2 * hits / total if total else 0.0


def macro_f1(given: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """Unweighted mean of the F1 of every label that is given or predicted."""
    labels = set(given) | set(predicted)
    return sum(f1(given, predicted, label) for label in labels) / len(labels) if labels else 0.0


def confusion(given: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts by given label, then by predicted label."""
    counts = Counter(zip(given, predicted, strict=True))
    labels = sorted(set(given) | set(predicted))
    return {one: {other: counts[one, other] for other in labels} for one in labels}
