"""Two runs of one suite side by side: for every figure the paired difference, its interval and p."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eval.finished import Finished, by_item
from eval.records import Figure
from eval.statistics import Comparison, compare, compare_statistic
from rag.errors import BadInput

RESAMPLES = 300
"""Bootstrap samples and permutations of a statistic that is no mean; means have more."""


def compared(first: Finished, second: Finished, seed: int = 0) -> dict[str, Comparison | None]:
    """Compare every figure that both runs have, paired by item and clustered by question.

    Raises:
        BadInput: the runs are of different suites or of different data.
    """
    if first.suite.name != second.suite.name:
        raise BadInput(f"{first.name} is a run of {first.suite.name}, {second.name} of {second.suite.name}.")
    if first.facts["data_sha256"] != second.facts["data_sha256"]:
        raise BadInput(f"{first.name} and {second.name} were run on different data.")
    one, other = first.figures(), second.figures()
    return {name: paired(figure, other[name], seed) for name, figure in one.items() if name in other}


def differing(first: Finished, second: Finished) -> dict[str, tuple[Any, Any]]:
    """Settings, options and versions in which two runs differ: name -> (first, second)."""
    found: dict[str, tuple[Any, Any]] = {}
    for part in ("options", "settings", "packages", "prompts"):
        one, other = first.facts[part], second.facts[part]
        names = sorted(one.keys() | other.keys())
        found |= {
            name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)
        }
    for name in ("software", "limit", "seed"):
        if first.facts[name] != second.facts[name]:
            found[name] = (first.facts[name], second.facts[name])
    return found


def lines(first: Finished, second: Finished, seed: int = 0) -> Iterator[str]:
    """A comparison for a terminal; differences whose interval excludes zero are starred."""
    yield f"{first.suite.title}: {first.name} -> {second.name}"
    for name, (one, other) in differing(first, second).items():
        yield f"  {name}: {one} -> {other}"
    for name, row in compared(first, second, seed).items():
        if row is None:
            yield f"  {name:36} not scored in both"
            continue
        clear = "*" if row.low > 0 or row.high < 0 else " "
        left = f", {row.left_out} left out" if row.left_out else ""
        yield (
            f"{clear} {name:36} {row.first:7.3f} -> {row.second:7.3f}  {row.difference:+.3f} "
            f"[{row.low:+.3f}, {row.high:+.3f}]  p={row.p:.4f}  n={row.n}{left}"
        )


def paired(one: Figure, other: Figure, seed: int) -> Comparison | None:
    """Compare one figure of two runs, paired by item; None where no item is scored in both."""
    first, clusters = by_item(one)
    second, more = by_item(other)
    clusters |= more
    if one.statistic is None:
        return compare(first, second, clusters, seed)
    return compare_statistic(one.statistic, first, second, clusters, seed, RESAMPLES, RESAMPLES)
