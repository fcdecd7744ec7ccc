"""Figures in medical text, and which figures of a statement are not in its source."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from rag.text.figures import Quantity, readings

__all__ = ["Quantity", "agree", "mismatch", "quantities", "unmatched"]


def quantities(text: str) -> list[Quantity]:
    """The figures of ``text`` in order of appearance, without derived readings."""
    return [quantity for quantity in readings(text) if not quantity.derived]


def unmatched(statement: str, premises: Iterable[str]) -> list[Quantity]:
    """The figures of ``statement`` that are found in none of ``premises``.

    A figure is found if a premise has the same value in the same dimension, or a more precise one of which
    it is the correct rounding (with fewer decimals, or after ``about``, ``nearly``, ``more than``). A more
    precise figure than the source's is never found.
    """
    sources = [reading for premise in premises for reading in readings(premise)]
    return [
        figure for figure in quantities(statement) if not any(agree(figure, source) for source in sources)
    ]


def mismatch(
    figure: Quantity, premises: Iterable[str]
) -> Literal["number_not_in_source", "unit_not_in_source"]:
    """Why an unmatched figure was not found: the number is nowhere, or only with another unit."""
    sources = [reading for premise in premises for reading in readings(premise) if not reading.derived]
    same = any(
        math.isclose(figure.number, source.number)
        and (figure.unit != source.unit or not math.isclose(figure.value, source.value))
        for source in sources
    )
    return "unit_not_in_source" if same and not figure.fraction else "number_not_in_source"


def agree(figure: Quantity, source: Quantity) -> bool:
    """Whether ``source`` bears out ``figure``; not symmetric, as only ``figure`` may be the rounder one."""
    if figure.bound * source.bound < 0 or (figure.unit == "P" and figure.bound != source.bound):
        return False
    value = _in_unit_of(figure, source)
    if value is None or (figure.value < 0 < value):
        return False
    value = abs(value) if figure.value >= 0 else value
    gap = abs(value - figure.value)
    if gap <= 1e-9 * max(abs(value), abs(figure.value), 1e-12):
        return True
    if figure.fraction or (source.fraction and figure.approximate):
        return _fraction_agrees(figure, value)
    if figure.unit in {"d", "person-d"} and gap <= 0.005 * figure.value and figure.quantum != source.quantum:
        return True  # 26 weeks and 6 months
    scale = 100 if (figure.unit, source.unit) == ("%", "") else 1
    finer = source.quantum * scale < figure.quantum * (1 - 1e-9)
    near = gap <= (0.1 if figure.approximate else 0.05) * abs(value)
    one_side = figure.approximate or (value < 1) == (figure.value < 1)
    if figure.bound and figure.approximate:  # "more than 85,000" of 85,754
        return finer and near and 0 <= (value - figure.value) * figure.bound <= figure.quantum
    return finer and near and one_side and gap <= figure.quantum / 2 * (1 + 1e-9)


def _in_unit_of(figure: Quantity, source: Quantity) -> float | None:
    if figure.unit == source.unit or {figure.unit, source.unit} == {"", "ratio"}:
        return source.value
    if source.unit == figure.unit + "/d":  # "20 mg" of a source's "20 mg/day"
        return source.value
    if (figure.unit, source.unit) in {("fold", "ratio"), ("", "fold")}:  # "twice" of "OR 2.0"
        return source.value
    if figure.unit == "%" and source.unit == "" and 0 < source.value < 1:  # "94 %" of a sensitivity of 0.939
        return 100 * source.value
    return None


def _fraction_agrees(figure: Quantity, value: float) -> bool:
    """Fractions in words are coarse: one point of slack, 2.5 after ``about``, five below, ten above."""
    away = value - figure.value
    if figure.bound:
        return 0 <= away * figure.bound <= (5 if figure.bound < 0 else 10)
    return abs(away) <= (2.5 if figure.approximate else 1)
