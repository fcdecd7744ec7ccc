"""A run as one self-contained HTML page, from a figure down to its items."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from jinja2 import Environment
from markupsafe import Markup

from eval.finished import Finished
from eval.report import plots
from eval.report.content import Row, anchor, chosen, matrix, rows
from rag.resources import shipped


def page(run: Finished, others: Sequence[Finished] = ()) -> str:
    """The page of a run.

    Args:
        run: the run.
        others: runs of the same suite, shown beside it in the plot of cost against quality.
    """
    listed = rows(run)
    template = Environment(autoescape=True).from_string(
        shipped("eval", "report", "page.html").read_text(encoding="utf-8")
    )
    tables = run.metrics["tables"]
    return template.render(
        run=run,
        rows=listed,
        items=chosen(run, listed),
        matrices={name: matrix(tables[name]) for name in tables if name.startswith("confusion")},
        plots=_plots(run, listed, [run, *others]),
        anchor=anchor,
        json=lambda value: json.dumps(value, indent=1, ensure_ascii=False),
    )


def _plots(run: Finished, listed: Sequence[Row], runs: Sequence[Finished]) -> dict[str, Markup]:
    """Every plot that the run has something for; their text is escaped where they are made."""
    shares = {row.shown: row.estimate for row in listed if row.estimate and " per " not in row.name}
    types = {name: one for name, one in shares.items() if _is_type(name)}
    links = {row.shown: row.anchor for row in listed if row.groups}
    bins = run.metrics["tables"].get("reliability")
    made = {
        "figures": plots.intervals({n: one for n, one in shares.items() if n not in types}, links),
        "types": plots.intervals(types | _alarms(shares), links) if types else "",
        "calibration": plots.calibration(bins) if bins else "",
        "cost": plots.cost_quality(points(runs), run.suite.measures[0]) if len(points(runs)) > 1 else "",
    }  # fmt: skip
    return {name: Markup(svg) for name, svg in made.items() if svg}


def points(runs: Sequence[Finished]) -> list[plots.Point]:
    """Runs as points: median seconds an item against the suite's main figure."""
    found = []
    labels = [run.label for run in runs]
    for run in runs:
        main = run.metrics["figures"].get(run.suite.measures[0])
        if main and run.metrics["seconds"]:
            seconds = run.metrics["seconds"]["median"]
            name = run.label if labels.count(run.label) == 1 else f"{run.label} ({run.name})"
            found.append(plots.Point(name, seconds, main["value"], main["low"], main["high"]))
    return found


def _alarms(shares: Mapping[str, plots.Estimate]) -> dict[str, plots.Estimate]:
    """False alarms stand below the catch rates: who alarms always catches all."""
    return {name: one for name, one in shares.items() if name.startswith("false alarms")}


def _is_type(name: str) -> bool:
    return name.startswith("caught: ") or (name.startswith("H") and name[1:].isdigit())
