"""Whether two answers to one question agree: asked again, as a follow-up, or with the retrieval shuffled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.text.markers import strip_markers
from rag.text.quantities import quantities


def same_verdict(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    """1 if both answer records have the same kind of verdict."""
    return float(first["verdict"]["kind"] == second["verdict"]["kind"])


def same_numbers(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[float]:
    """For each article that both list: 1 if it has the same reference number in both.

    Within a thread this must hold for every article; two separate answers may number differently.
    """
    before = {one["article"]: one["n"] for one in first["references"]}
    return [
        float(before[one["article"]] == one["n"]) for one in second["references"] if one["article"] in before
    ]


def same_figures(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[float]:
    """For each article that statements of both cite: 1 if they report the same figures from it.

    Figures are compared by value and unit; how often and in which order they are told does not matter.
    """
    before, after = _figures(first), _figures(second)
    return [float(before[article] == after[article]) for article in before if article in after]


def shared_articles(first: Mapping[str, Any], second: Mapping[str, Any]) -> float | None:
    """Articles that both list as a share of those that either lists (Jaccard 1912); None for none."""
    one, other = ({row["article"] for row in answer["references"]} for answer in (first, second))
    return len(one & other) / len(one | other) if one | other else None


def _figures(answer: Mapping[str, Any]) -> dict[str, set[tuple[float, str]]]:
    found: dict[str, set[tuple[float, str]]] = {}
    for statement in answer["statements"]:
        figures = {(one.value, one.unit) for one in quantities(strip_markers(statement["text"]))}
        for citation in statement["citations"]:
            found.setdefault(citation["article"], set()).update(figures)
    return found
