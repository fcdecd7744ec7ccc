"""What a report shows of a run: rows of figures with the items behind them, tables, items in brief."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from eval.finished import Finished, by_item
from eval.records import Figure, Outcome

MOST_ITEMS = 400
"""Items that a page shows in full, those with the lowest values of the main figure first; the others are in
``items.jsonl``."""
LOWER_IS_BETTER = frozenset(
    {
        "abstained",
        "calibration error",
        "citation contradict rate (gate)",
        "citation faults",
        "false alarms",
        "judged: citation contradict rate",
        "removed per answer",
        "retraction leak",
    }
)
MOST_LINKS = 200
"""Items that are listed behind one value of one figure."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: its estimate, its anchor, and the items behind it by value, lowest first."""

    name: str
    anchor: str
    estimate: Mapping[str, float] | None
    groups: tuple[tuple[str, tuple[str, ...], int], ...]

    @property
    def shown(self) -> str:
        """The name, with what cannot be known from it."""
        return f"{self.name} (lower is better)" if self.name in LOWER_IS_BETTER else self.name


def rows(run: Finished) -> list[Row]:
    """A row for each figure of a run; only means have items behind them, one value each."""
    figures = run.figures()
    return [
        Row(name, f"figure-{anchor(name)}", estimate, _groups(figures.get(name)))
        for name, estimate in run.metrics["figures"].items()
    ]


def anchor(name: str) -> str:
    """A name as part of an address."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-").lower()


def chosen(run: Finished, listed: Sequence[Row]) -> list[tuple[str, Outcome]]:
    """Items to show: those that the main figure values least first, each with its anchor."""
    outcomes = {one["id"]: one for one in run.outcomes()}
    main = next((row for row in listed if row.name == run.suite.measures[0]), None)
    order = [name for _, names, _ in main.groups for name in names] if main else []
    names = list(dict.fromkeys([*order, *outcomes]))[:MOST_ITEMS]
    return [(f"item-{anchor(name)}", brief(outcomes[name])) for name in names if name in outcomes]


def brief(outcome: Outcome) -> Outcome:
    """An outcome with the parts of an answer that a reader of a report looks for."""
    if "answer" not in outcome:
        return outcome
    made = outcome["answer"]
    kept = {
        "verdict": made["verdict"],
        "certainty": made["certainty"]["level"],
        "statements": [
            {
                "text": one["text"],
                "quotes": [
                    {name: citation[name] for name in ("n", "article", "quote", "verdict", "score")}
                    for citation in one["citations"]
                ],
            }
            for one in made["statements"]
        ],
        "removed": made["removed"],
        "notices": [one["text"] for one in made["notices"]],
        "references": {one["n"]: one["article"] for one in made["references"]},
        "search": made["search"]["counts"],
    }
    rest = {name: value for name, value in outcome.items() if name not in ("answer", "faults")}
    return rest | {"answer": kept}


def matrix(table: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """A confusion matrix as a header and rows, by given label."""
    labels = list(table)
    return labels, [(given, [table[given][label] for label in labels]) for given in labels]


def _groups(figure: Figure | None) -> tuple[tuple[str, tuple[str, ...], int], ...]:
    """Items by their value; for a statistic of label pairs by "given -> outcome", for others none."""
    if figure is None:
        return ()
    values, _ = by_item(figure)
    groups: dict[tuple[float, str], list[str]] = {}
    for item, value in values.items():
        place = _place(value)
        if place is None:
            return ()
        groups.setdefault(place, []).append(item)
    return tuple(
        (name, tuple(groups[order, name][:MOST_LINKS]), max(0, len(groups[order, name]) - MOST_LINKS))
        for order, name in sorted(groups)
    )


def _place(value: Any) -> tuple[float, str] | None:
    """Where a value stands in the list and what it is called; None for one that cannot be listed."""
    match value:
        case None:
            return inf, "unscored"
        case float() | int():
            return round(value, 2), f"{value:.2f}".rstrip("0").rstrip(".")
        case (str() as given, str() as outcome):
            return float(given == outcome), f"{given} -> {outcome}"
        case _:
            return None
