"""Figures with intervals, and their lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from eval.records import Figure, Measured
from eval.statistics import Estimate, estimate, mean

RESAMPLES = 500
"""Bootstrap samples of a statistic; a mean has more, since it costs less."""


def measured(result: Measured, seed: int) -> dict[str, Any]:
    """Put an interval to every figure.

    Returns:
        ``figures`` (name -> value, low, high, n, clusters, unscored; None where nothing could be scored) and
        ``tables``.
    """
    figures = {name: shown(interval(figure, seed)) for name, figure in result.figures.items()}
    return {"figures": figures, "tables": result.tables}


def interval(figure: Figure, seed: int) -> Estimate | None:
    """The figure with a bootstrap interval clustered by question; see ``eval.statistics``."""
    values, clusters = [unit.value for unit in figure.units], [unit.cluster for unit in figure.units]
    if figure.statistic is None:
        return mean(values, clusters, seed)
    return estimate(figure.statistic, values, clusters, seed, RESAMPLES)


def shown(one: Estimate | None) -> dict[str, float] | None:
    """An estimate for a file, rounded to four places."""
    return None if one is None else {name: round(value, 4) for name, value in asdict(one).items()}


def lines(metrics: dict[str, Any]) -> Iterator[str]:
    """The figures of a run for a terminal, one a line, and after them how far its judge can be trusted."""
    for name, one in metrics["figures"].items():
        if one is None:
            yield f"{name:36} not scored"
            continue
        counted = f"n={one['n']}" + (f", {one['clusters']} clusters" if one["clusters"] < one["n"] else "")
        apart = f", {one['unscored']} unscored" if one["unscored"] else ""
        yield f"{name:36} {one['value']:7.3f}  [{one['low']:.3f}, {one['high']:.3f}]  {counted}{apart}"
    if metrics["seconds"]:
        each = metrics["seconds"]
        rest = f"p95 {each['p95']:.3f}, in all {each['total']:.0f}"
        yield f"{'seconds per item':36} {each['median']:7.3f}  {rest}"
    yield from metrics.get("judge", {}).get("lines", ())
