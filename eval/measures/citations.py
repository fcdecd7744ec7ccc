"""Measures of the citations of an answer record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def coverage(answer: Mapping[str, Any]) -> list[float]:
    """For each statement: 1 if one of its citations supports it (TREC BioGen 2024's citation coverage)."""
    return [
        float(any(citation["verdict"] == "SUPPORT" for citation in statement["citations"]))
        for statement in answer["statements"]
    ]


def support_rate(answer: Mapping[str, Any]) -> list[float]:
    """For each citation: 1 if its verdict is SUPPORT (TREC BioGen 2024's citation support rate)."""
    return [
        float(citation["verdict"] == "SUPPORT")
        for statement in answer["statements"]
        for citation in statement["citations"]
    ]
