"""Plots as inline SVG: intervals, a calibration curve, cost against quality. All text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Any

Estimate = Mapping[str, float]

EDGE, WIDTH, ROW = 12, 520, 44
"""Pixels: margin, whole width, height of a row: narrow, so that its text can be read on a telephone."""
LINE = 20
"""Pixels: height of a line of a legend."""
SIDE = 320
"""Pixels: a square plot."""


@dataclass(frozen=True, slots=True)
class Point:
    """A run in the plot of cost against quality."""

    name: str
    cost: float
    quality: float
    low: float
    high: float


def intervals(rows: Mapping[str, Estimate], links: Mapping[str, str]) -> str:
    """Each figure as a dot on its interval, on a scale from 0 to 1.

    Args:
        rows: estimates between 0 and 1 by name.
        links: the anchor of the items behind a name, where there are some.
    """
    height = ROW * len(rows) + 30
    parts = [_axis(height)]
    for number, (name, one) in enumerate(rows.items()):
        y = ROW * number + 34
        x, low, high = (_x(one[key]) for key in ("value", "low", "high"))
        shown = f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}] n={one['n']:.0f}"
        link = f' href="#{escape(links[name])}"' if name in links else ""
        parts.append(
            f"<a{link}><title>{escape(name)}: {shown}</title>"
            f'<text x="{EDGE}" y="{y - 13}">{escape(name)}</text>'
            f'<text class="mark" x="{WIDTH - EDGE}" y="{y - 13}" text-anchor="end">{shown}</text>'
            f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="dot" cx="{x:.1f}" cy="{y}" r="4.5"/></a>'
        )
    return _svg(WIDTH, height, "Figures with their 95 % intervals", parts)


def calibration(bins: Sequence[Mapping[str, float]]) -> str:
    """Share of statements that are supported against their score; on the diagonal a score is honest."""
    parts = [*_square("score", "share supported"), _line(0, 0, 1, 1, "diagonal")]
    parts += [_below(_sx(v), f"{v:g}") for v in (0, 0.25, 0.5, 0.75, 1)]
    most = max((one["n"] for one in bins), default=1)
    points = " ".join(f"{_sx(one['score']):.1f},{_sy(one['share']):.1f}" for one in bins)
    parts.append(f'<polyline class="curve" points="{points}"/>')
    for one in bins:
        radius = 3 + 7 * (one["n"] / most) ** 0.5
        shown = (
            f"scores {one['low']:.1f} to {one['high']:.1f}: {one['share']:.3f} supported, n={one['n']:.0f}"
        )
        parts.append(
            f'<circle class="dot" cx="{_sx(one["score"]):.1f}" cy="{_sy(one["share"]):.1f}" r="{radius:.1f}">'
            f"<title>{shown}</title></circle>"
        )
    return _svg(SIDE + 70, SIDE + 60, "Calibration", parts)


def cost_quality(points: Sequence[Point], quality: str) -> str:
    """Runs by median seconds an item, on a logarithmic scale, and the suite's main figure with its interval.

    The scale of the figure is that of the intervals, not 0 to 1: mind the marks. Runs are numbered, and named
    below, so that no name covers another.
    """
    costs = [log10(max(point.cost, 1e-4)) for point in points]
    left, right = min(costs) - 0.1, max(costs) + 0.1
    low, high = min(point.low for point in points), max(point.high for point in points)
    rise = (high - low) or 1.0
    parts = _square("median seconds an item", quality, low, high)
    for number, (point, cost) in enumerate(zip(points, costs, strict=True), start=1):
        x = _sx((cost - left) / (right - left))
        y, bottom, top = (_sy((v - low) / rise) for v in (point.quality, point.low, point.high))
        shown = escape(f"{number}  {point.name}: {point.quality:.3f}, {point.cost:.3f} s")
        parts.append(
            f'<g><title>{shown}</title><line class="interval" x1="{x:.1f}" x2="{x:.1f}" '
            f'y1="{bottom:.1f}" y2="{top:.1f}"/><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            f'<text x="{x + 9:.1f}" y="{y + 4:.1f}">{number}</text></g>'
            f'<text x="{EDGE}" y="{SIDE + 50 + LINE * number}">{shown}</text>'
        )
    parts += [
        _below(_sx((cost - left) / (right - left)), f"{10**cost:.2g}")
        for cost in sorted({min(costs), max(costs)})
    ]
    return _svg(WIDTH, SIDE + 60 + LINE * len(points), "Cost against quality", parts)


def _below(x: float, mark: str) -> str:
    """A mark under the horizontal axis of a square plot."""
    return f'<text class="mark" x="{x:.1f}" y="{SIDE + 26}" text-anchor="middle">{mark}</text>'


def _svg(width: int, height: int, title: str, parts: Sequence[Any]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _x(value: float) -> float:
    return EDGE + min(max(value, 0.0), 1.0) * (WIDTH - 2 * EDGE)


def _axis(height: int) -> str:
    marks = [
        f'<line class="grid" x1="{_x(v):.1f}" x2="{_x(v):.1f}" y1="0" y2="{height - 22}"/>'
        f'<text class="mark" x="{_x(v):.1f}" y="{height - 6}" text-anchor="middle">{v:g}</text>'
        for v in (0, 0.25, 0.5, 0.75, 1)
    ]
    return "".join(marks)


def _sx(value: float) -> float:
    return 50 + min(max(value, 0.0), 1.0) * SIDE


def _sy(value: float) -> float:
    return 10 + (1 - min(max(value, 0.0), 1.0)) * SIDE


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return (
        f'<line class="{kind}" x1="{_sx(x1):.1f}" y1="{_sy(y1):.1f}" x2="{_sx(x2):.1f}" y2="{_sy(y2):.1f}"/>'
    )


def _square(across: str, up: str, low: float = 0.0, high: float = 1.0) -> list[str]:
    """Grid, marks and names of a square plot whose vertical scale runs from ``low`` to ``high``."""
    places = (0, 0.25, 0.5, 0.75, 1)
    grid = [_line(0, v, 1, v, "grid") for v in places]
    shown = {v: f"{low + v * (high - low):.2f}" for v in places}
    marks = [
        f'<text class="mark" x="44" y="{_sy(v) + 4:.1f}" text-anchor="end">{mark}</text>'
        for v, mark in shown.items()
    ]
    middle = 50 + SIDE / 2
    names = [
        f'<text class="mark" x="{middle}" y="{SIDE + 44}" text-anchor="middle">{escape(across)}</text>',
        f'<text class="mark" transform="translate(11 {SIDE / 2 + 10}) rotate(-90)" text-anchor="middle">'
        f"{escape(up)}</text>",
    ]
    return [*grid, *marks, *names]
